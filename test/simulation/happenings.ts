/** What happens to the app in the course of a day: events, people, hands, outages, other versions. */
import { meantRelease } from '../../src/lib/core/command.ts';
import type { CommandName } from '../../src/lib/core/inbox.ts';
import { newLifecycle } from '../../src/lib/core/lifecycle.ts';
import { takeEvent } from '../../src/lib/intake.ts';
import { takeCommand, type CommandAnswer } from '../../src/lib/intake/commands.ts';
import { MODEL, MONITOR, PLACES, TEMPLATE } from './azure.ts';
import type { Day } from './day.ts';
import { breached, delivered, ended, isDead, modelRegistered, type MlEvent } from './events.ts';
import { touch } from './hands.ts';
import { ADMIN, mailOf, principalOf } from './people.ts';
import { ENVIRONMENTS, type Deliveries, type Environment, type Happening, type Person, type Quality, type Saying } from './plan.ts'; // prettier-ignore

const MINUTE_MS = 60_000;
const REDELIVERED_MS = 30_000;
/** A write, its read-back, and whatever a release under way makes of it. */
const SETTLED_MS = 20 * MINUTE_MS;

type Of<D extends Happening['do']> = Extract<Happening, { do: D }>;

export class Happenings {
  readonly #day: Day;
  readonly #versions: Record<Environment, number> = { dev: 1, prod: 1 };
  #runs = 0;
  #commands = 0;

  constructor(day: Day) {
    this.#day = day;
    this.#published();
    day.oracle.onQuestion = (environment, release) => this.#asked(environment, release);
  }

  async happen(happening: Happening): Promise<void> {
    const { azure, app, nowMs } = this.#day;
    this.#day.note(`happens: ${JSON.stringify(happening)}`);
    const untilMs = 'minutes' in happening ? nowMs + happening.minutes * MINUTE_MS : nowMs;
    switch (happening.do) {
      case 'register':
        return this.#register(happening);
      case 'finds':
        return this.#finds(happening);
      case 'teamRun':
        return this.#teamRun(happening);
      case 'newData':
        return this.#newData(happening);
      case 'fate':
        azure.fate = happening;
        return;
      case 'command':
        return this.#command(happening);
      case 'changes':
        return this.#changes(happening);
      case 'portal':
        return this.#portal(happening);
      case 'away':
        azure.wrongUntilMs.set(happening.who, untilMs);
        return;
      case 'jobsFail':
      case 'deploymentsFail':
      case 'smokeFails':
      case 'quota':
        azure.wrongUntilMs.set(happening.do, untilMs);
        return;
      case 'policy':
        app.policies.publish(happening.which);
        return this.#published();
      case 'otherVersion':
        app.other = { ...happening, untilMs };
        return;
    }
  }

  /** What was spoilt is put right, what was stopped or set aside goes on, and people say what is to be live. */
  async mend(): Promise<void> {
    const { app, nowMs } = this.#day;
    this.#day.note('somebody clears up');
    app.policies.mend();
    this.#published();
    if (app.other) app.other = { ...app.other, untilMs: Math.min(app.other.untilMs, nowMs) };
    this.#day.unlisted = true;
    await this.#release('revert');
    // What cannot be put back as it was is taken as it is.
    this.#day.at(nowMs + SETTLED_MS, () => this.#release('adopt'));
  }

  async #release(from: 'revert' | 'adopt'): Promise<void> {
    for (const environment of ENVIRONMENTS) {
      const { held, paused, stalled } = this.#day.oracle.row(environment)?.conditions ?? {};
      if (stalled || (paused && paused.calendar === undefined)) await this.#order(environment, 'resume', {});
      if (held) await this.#order(environment, from, {});
    }
    this.#day.handsUntilMs = this.#day.nowMs;
  }

  #published(): void {
    const { app, oracle } = this.#day;
    for (const environment of ENVIRONMENTS) oracle.agreements(environment).published(app.policies.hash(), this.#day.tick());
    // A policy that is back may have slots and versions to be found.
    this.#day.unlisted = true;
  } // prettier-ignore

  #register({ where, quality, by, deliveries }: Of<'register'>): void {
    const version = this.#registered(where, quality, by === undefined ? {} : { registeredBy: mailOf(by) });
    if (by !== undefined) this.#day.oracle.agreements(where).registered(version, by);
    this.#tell(modelRegistered(where, version, new Date(this.#day.nowMs)), deliveries);
  }

  #registered(where: Environment, quality: Quality, as: { readonly registeredBy?: string; readonly jobName?: string }): string {
    const { azure, nowMs } = this.#day;
    const { workspace } = PLACES[where];
    const version = String(Math.max(azure.highest(workspace), this.#versions[where]) + 1);
    this.#versions[where] = Number(version);
    azure.models.register(workspace, MODEL, version, { at: new Date(nowMs), ...as });
    azure.qualities.set(`${workspace}|${version}`, quality);
    return version;
  } // prettier-ignore

  /** A run of the monitor has ended; without findings nobody tells it. */
  #finds({ where, kinds, deliveries }: Of<'finds'>): void {
    const { azure, nowMs } = this.#day;
    this.#runs += 1;
    const run = `monitor-run-${this.#runs}`;
    const at = new Date(nowMs);
    const breaches = kinds.map((kind) => ({ signal: kind, kind, features: [{ feature: 'length', value: 0.4 }], more: 0 }));
    azure.monitors.all.get(`${PLACES[where].workspace}|${MONITOR}`)?.runs.push({ run, at: at.toISOString(), ended: true, breaches, steps: [`${run}-step`] });
    this.#tell(breached(where, run, kinds, at), kinds.length === 0 ? [] : deliveries);
  } // prettier-ignore

  #teamRun({ where, leaves, quality, deliveries }: Of<'teamRun'>): void {
    const { azure, nowMs } = this.#day;
    const { workspace } = PLACES[where];
    this.#runs += 1;
    const run = `team-run-${this.#runs}`;
    const at = new Date(nowMs);
    const facts = { startedAt: at.toISOString(), endedAt: at.toISOString(), computeMinutes: 5 };
    const outputs: Record<string, string> = leaves === 'output' ? { model: 'mlflow_model' } : {};
    azure.trainings.all.set(`${workspace}|${run}`, { state: 'completed', at, tags: { 'steward.template': TEMPLATE }, inputs: { data: 'azureml:mails:14' }, outputs, facts });
    if (leaves === 'version') this.#registered(where, quality, { jobName: run });
    this.#tell(ended(where, run, at), deliveries);
  } // prettier-ignore

  #newData({ where }: Of<'newData'>): void {
    const { azure, nowMs } = this.#day;
    const name = `${PLACES[where].workspace}|mails`;
    const known = azure.dataAssets.all.get(name) ?? [];
    azure.dataAssets.all.set(name, [...known, { version: String(14 + known.length), createdAt: new Date(nowMs).toISOString() }]); // prettier-ignore
    this.#day.unlisted = true;
  }

  #tell(event: MlEvent, deliveries: Deliveries): void {
    this.#day.unlisted = true;
    for (const minutes of deliveries)
      this.#day.at(this.#day.nowMs + minutes * MINUTE_MS, () => {
        const body = delivered(event, minutes);
        if (!isDead(minutes)) return this.#deliver(event.id, body);
        this.#day.unlisted = true;
        return this.#day.app.left(body);
      });
  } // prettier-ignore

  /** Until it is acknowledged. */
  async #deliver(id: string, event: object): Promise<void> {
    const again = () => this.#day.at(this.#day.nowMs + REDELIVERED_MS, () => this.#deliver(id, event));
    await this.#day.workers.begin(`event ${id}`, (deps) => takeEvent(event, deps), { threw: again, died: again });
  }

  async #command({ where, name, names, by, untilMinutes, version }: Of<'command'>): Promise<void> {
    const key = { environment: where, model: MODEL };
    const current = meantRelease(this.#day.oracle.row(where) ?? newLifecycle(key), name) ?? 1;
    const until = (name === 'pause' || name === 'breakGlass') && untilMinutes !== undefined ? { until: new Date(this.#day.nowMs + untilMinutes * MINUTE_MS).toISOString() } : {}; // prettier-ignore
    const glass: { readonly version?: string } =
      name === 'breakGlass' ? { version: this.#glassFor(where, version) } : {};
    if (glass.version !== undefined && by === ADMIN) this.#day.oracle.agreements(where).brokeGlass(glass.version);
    const release = names === 'none' || name === 'retrain' ? {} : { release: names === 'this' ? current : current + 1 };
    await this.#order(
      where,
      name,
      { ...release, ...until, ...glass },
      by,
      ({ status }) => name === 'breakGlass' && this.#day.oracle.count(`breakGlass.${status}`),
    );
    if (name === 'adopt' || name === 'revert' || name === 'resume' || name === 'pause') this.#day.handsUntilMs = this.#day.nowMs; // prettier-ignore
  }

  #glassFor(where: Environment, which: 'newest' | 'before'): string {
    const newest = this.#day.azure.highest(PLACES[where].workspace);
    return String(which === 'newest' ? newest : Math.max(1, newest - 1));
  }

  async #order(where: Environment, name: CommandName, given: object, by?: Person, answered: (answer: CommandAnswer) => unknown = () => {}): Promise<void> {
    const key = { environment: where, model: MODEL };
    this.#commands += 1;
    const idempotencyKey = `command-${this.#commands}`;
    const signed = by === undefined ? {} : { principal: principalOf(by) };
    const asked = { key, name, body: { actor: 'ada', reason: 'because', ...given }, idempotencyKey, ...signed };
    await this.#day.workers.begin(`command ${name} ${where}`, (deps) => takeCommand(asked, deps), { done: (answer) => answered(answer as CommandAnswer) });
  } // prettier-ignore

  /** People were asked to approve: what they usually say, when they usually do. */
  #asked(environment: Environment, release: number): void {
    const anew = this.#day.oracle.row(environment)?.release?.voided !== undefined;
    for (const saying of this.#day.plan.sayings.filter(({ says }) => !anew || says === 'approve' || says === 'reject'))
      this.#day.at(this.#day.nowMs + saying.afterMinutes * MINUTE_MS, () => this.#say(environment, release, saying));
  }

  async #say(environment: Environment, release: number, { who, says }: Saying): Promise<void> {
    const { oracle } = this.#day;
    if (says === 'files' || says === 'metrics')
      return this.#changes(
        { do: 'changes', where: environment, what: says },
        oracle.row(environment)?.release?.version,
      );
    const tick = this.#day.tick();
    this.#day.note(`${who} says ${says} to release ${release} in ${environment}`);
    // Whether its answer comes or not, it may have been taken in.
    if (says === 'approve') oracle.agreements(environment).gave(release, who, tick);
    await this.#order(environment, says, { release }, who, ({ status }) => oracle.count(`${says}.${status}`));
  }

  #changes({ where, what }: Of<'changes'>, of?: string): void {
    const { azure, oracle } = this.#day;
    const { workspace } = PLACES[where];
    const version = of ?? String(azure.highest(workspace));
    this.#day.note(`${what} of version ${version} in ${where} change`);
    const tick = this.#day.tick();
    if (what === 'files') azure.artifacts.all.set(`${workspace}|${MODEL}|${version}`, new Map([['model.json', `{"changed": ${tick}}`]])); // prettier-ignore
    else azure.measuredAnew.set(`${workspace}|${version}`, (azure.measuredAnew.get(`${workspace}|${version}`) ?? 0) + 1); // prettier-ignore
    oracle.agreements(where).changed(version, what, tick);
  }

  #portal(happening: Of<'portal'>): void {
    const { azure, oracle } = this.#day;
    const { where } = happening;
    const handed = () => {
      this.#day.handsUntilMs = this.#day.nowMs;
      this.#day.unlisted = true;
    };
    touch(azure, where, happening, {
      moved: (live) => {
        handed();
        oracle.movedByHand(where, live);
      },
      copied: (deployment) => oracle.copiedByHand(where, deployment),
      deleted: (deployment) => {
        handed();
        oracle.deletedByHand(where, deployment);
      },
    });
    handed();
  }
}
