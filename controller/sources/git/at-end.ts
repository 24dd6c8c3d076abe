// What must not outlive the process: running gits and temporary folders. Each is undone by whoever made it; this is for
// a process that ends in between, by `process.exit`, an exception or a signal.

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const undos = new Set<() => void>();

/** `undo` must not wait. Returns what takes it off again. */
export function undoAtEnd(undo: () => void): () => void {
  if (undos.size === 0) {
    process.on("exit", undoAll);
    for (const signal of signals) process.on(signal, onSignal);
  }
  undos.add(undo);
  return () => {
    if (!undos.delete(undo) || undos.size > 0) return;
    process.off("exit", undoAll);
    for (const signal of signals) process.off(signal, onSignal);
  };
}

function undoAll(): void {
  // The latest first: a git is stopped before its folder goes.
  for (const undo of [...undos].reverse()) {
    try {
      undo();
    } catch {
      // The rest must go too.
    }
  }
}

function onSignal(signal: NodeJS.Signals): void {
  // Somebody ends the process in order: by `process.exit`, or by ending the read.
  if (process.listenerCount(signal) > 1) return;
  undoAll();
  for (const each of signals) process.off(each, onSignal);
  process.kill(process.pid, signal);
}
