// Reads the browser's trace: how much the page's main thread worked, frame by frame. Pure.

/** The events of the main thread of the page, in order. */
function mainThread(events) {
  const threads = events.filter(
    ({ name, ph, args }) => ph === "M" && name === "thread_name" && args.name === "CrRendererMain",
  );
  // The page that works is the one with the most events; others are the browser's own.
  const of = ({ pid, tid }) => events.filter((event) => event.pid === pid && event.tid === tid);
  const lists = threads.map(of).sort((a, b) => b.length - a.length);
  return (lists[0] ?? []).sort((a, b) => a.ts - b.ts);
}

/** Tasks that stand in no other task, with their work in milliseconds: processor time, else time on the wall. */
function topTasks(thread) {
  const tasks = [];
  let end = -Infinity;
  for (const { name, ph, ts, dur = 0, tdur } of thread) {
    if (ph === "X" && /RunTask$/.test(name) && ts >= end) {
      tasks.push({ ts, work: (tdur ?? dur) / 1000, wall: dur / 1000 });
      end = ts + dur;
    }
  }
  return tasks;
}

const part = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** The work of each frame: all tasks from one frame's beginning to the next one's. */
export function frameWork(events) {
  const thread = mainThread(events);
  const tasks = topTasks(thread);
  const starts = thread
    .filter(({ name, ph }) => name === "AnimationFrame" && ph === "b")
    .map(({ ts }) => ts);
  const frames = [...new Set(starts)].sort((a, b) => a - b);
  const work = frames.map(() => 0);
  let at = -1;
  for (const task of tasks) {
    // The frame's own task begins before the event that marks it.
    while (at + 1 < frames.length && frames[at + 1] <= task.ts + task.wall * 1000) {
      at++;
    }
    if (at >= 0) {
      work[at] += task.work;
    }
  }
  const sorted = work.filter((each) => each > 0).sort((a, b) => a - b);
  return {
    frames: sorted.length,
    p50_ms: part(sorted, 0.5),
    p95_ms: part(sorted, 0.95),
    max_ms: sorted.at(-1) ?? 0,
  };
}

/**
 * The work from one mark to the next, whichever of these it is: by name, the mean of all that begin with it, because
 * what is put off and done together counts too.
 */
export function workAfter(events, names) {
  const thread = mainThread(events);
  const marks = thread.filter(({ name, cat }) => names.includes(name) && cat.includes("user_timing"));
  const tasks = topTasks(thread);
  const work = new Map(names.map((name) => [name, []]));
  // The mark is set within the task that is meant.
  marks.slice(0, -1).forEach(({ name, ts }, at) => {
    const within = tasks.filter((task) => {
      const end = task.ts + task.wall * 1000;
      return end > ts && end <= marks[at + 1].ts;
    });
    work.get(name).push(within.reduce((sum, task) => sum + task.work, 0));
  });
  return Object.fromEntries([...work].map(([name, each]) => [name, each.reduce((sum, one) => sum + one, 0) / each.length]));
}
