/** Watches who agreed to what, and that nothing goes on without those whom the policy asks for. */
import type { Phase, Release } from '../../src/lib/core/release/state.ts';
import { MODEL_RISK, mailOf } from './people.ts';
import type { Environment, Person } from './plan.ts';
import { approvalOf } from './policies.ts';

const BEFORE: ReadonlySet<Phase> = new Set(['registered', 'evaluating', 'gating', 'awaitingDecision', 'awaitingApproval']); // prettier-ignore

interface Change {
  /** In the order of everything that happened. */
  readonly tick: number;
  readonly version: string;
  readonly what: 'files' | 'metrics';
}

export class Agreements {
  readonly #environment: Environment;
  readonly #blame: (what: string) => void;
  readonly #count: (effect: string) => void;
  readonly #given: { readonly release: number; readonly who: Person; readonly tick: number }[] = [];
  readonly #changes: Change[] = [];
  readonly #published: { readonly tick: number; readonly hash: string | undefined }[] = [];
  /** Version -> who registered it. */
  readonly #registered = new Map<string, Person>();
  readonly #letOut = new Set<number>();
  readonly #glass = new Set<string>();

  constructor(environment: Environment, blame: (what: string) => void, count: (effect: string) => void) {
    this.#environment = environment;
    this.#blame = blame;
    this.#count = count;
  }

  registered(version: string, by: Person): void {
    this.#registered.set(version, by);
  }

  /** The app took it in. */
  gave(release: number, who: Person, tick: number): void {
    this.#count('approval');
    this.#given.push({ release, who, tick });
  }

  /** Somebody of the role ordered it. */
  brokeGlass(version: string): void {
    this.#glass.add(version);
  }

  /** Files of the version, or what its evaluation says. */
  changed(version: string, what: Change['what'], tick: number): void {
    this.#changes.push({ version, what, tick });
  }

  /** Undefined: none that can be read. */
  published(hash: string | undefined, tick: number): void {
    this.#published.push({ hash, tick });
  }

  /** `tick`: when the pass that saved it began; it cannot know what happened later, nor `puzzled` what is in force. */
  saved(release: Release, { tick: began, puzzled }: { readonly tick: number; readonly puzzled: boolean }): void {
    const { number, phase, rollback, voided, version, policy, breakGlass } = release;
    if (breakGlass) {
      if (!this.#letOut.has(number)) this.#count('brokeGlass');
      this.#letOut.add(number);
      if (!this.#glass.has(version)) this.#blame(`release ${number} broke the glass, which nobody had ordered`);
      return;
    }
    if (voided && voided.times > 0 && !this.#letOut.has(-number)) {
      this.#letOut.add(-number);
      this.#count('approvalVoid');
    }
    if (BEFORE.has(phase) || rollback || this.#letOut.has(number)) return;
    this.#letOut.add(number);
    const asked = approvalOf(policy, this.#environment);
    if (!asked) return;
    this.#count('approved');
    const known = (change: { readonly tick: number }) => change.tick < began;
    // Of a first version without limits nothing that was measured is judged, or shown.
    const matters = ({ version: of, what }: Change) =>
      of === version && (what === 'files' || release.fallback !== undefined);
    const fresh = (tick: number) => !this.#changes.some((change) => matters(change) && change.tick > tick && known(change)); // prettier-ignore
    const starter = asked.fourEyes ? this.#registered.get(version) : undefined;
    const people = this.#given
      .filter(({ release: of, who, tick }) => of === number && MODEL_RISK.has(who) && who !== starter && fresh(tick))
      .map(({ who }) => mailOf(who));
    if (new Set(people).size < asked.count)
      this.#blame(`release ${number} went on with ${new Set(people).size} of ${asked.count} approvals`);
    const inForce = [this.#published.findLast(known), ...this.#published.filter((each) => !known(each))];
    if (!puzzled && !inForce.some((each) => each === undefined || each.hash === undefined || each.hash === policy))
      this.#blame(`release ${number} went on under ${policy}, which was no longer in force`);
  }
}
