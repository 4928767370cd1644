import type { Resource, Run, Workspace, World } from '../../world.ts';
import { isMonitor } from './definition.ts';
import { startMonitorRun } from './monitorRun.ts';
import { NotDone } from './notDone.ts';
import { nextSlot } from './timetable.ts';

export interface ModelMonitors {
  /** Starts a run now, beside the schedule. */
  runNow(workspace: Workspace, schedule: Resource): Run;
  /** Ends what runs. */
  stop(): Promise<void>;
}

/** Virtual: no trigger is finer than a minute. */
const tickMs = 60_000;

/** Runs the monitors of all workspaces by their triggers, on the virtual clock. */
export function modelMonitors(world: World): ModelMonitors {
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  const start = (workspace: Workspace, schedule: Resource, at: Date) => {
    const { run, ended } = startMonitorRun(world, workspace, schedule, { at, stop: stopping.signal });
    running.add(ended);
    void ended.finally(() => running.delete(ended));
    return run;
  };
  let last = world.clock.now();
  const tick = () => {
    const now = world.clock.now();
    for (const { workspace, schedule } of enabledMonitors(world)) {
      const slot = slotOf(world, schedule, last);
      if (slot !== undefined && slot <= now) start(workspace, schedule, slot);
    }
    last = now;
    world.clock.after(tickMs, tick);
  };
  world.clock.after(tickMs, tick);
  return {
    runNow: (workspace, schedule) => start(workspace, schedule, world.clock.now()),
    async stop() {
      stopping.abort('the emulator stops');
      await Promise.all(running);
    },
  };
}

function enabledMonitors(world: World): { workspace: Workspace; schedule: Resource }[] {
  return [...world.workspaces.values()].flatMap((workspace) =>
    [...workspace.schedules.values()]
      .filter((schedule) => isMonitor(schedule) && schedule.properties['isEnabled'] !== false)
      .map((schedule) => ({ workspace, schedule })),
  );
}

function slotOf(world: World, { id, createdAt, properties }: Resource, after: Date): Date | undefined {
  try {
    return nextSlot(properties['trigger'], createdAt, after);
  } catch (error) {
    if (!(error instanceof NotDone)) throw error;
    const fault = `the trigger of ${id}: ${error.message}`;
    if (!world.unimplemented.includes(fault)) world.unimplemented.push(fault);
    return undefined;
  }
}
