package dev.twinlog.internal.engine;

/**
 * One reader agent and one writer agent that own a set of source partitions with all their routes.
 * They share the hand-off (the writer's mailbox, bounded in bytes by the budget) and nothing else.
 */
final class Lane {
  private final int number;
  private final ReaderAgent reader;
  private final WriterAgent writer;

  Lane(int number, LaneContext context, Stages stages, long maxInFlightBytes) {
    this.number = number;
    MemoryBudget budget = new MemoryBudget(maxInFlightBytes);
    BatchReturns returns = new BatchReturns();
    this.reader = new ReaderAgent(this, context, stages, budget, returns);
    this.writer = new WriterAgent(this, context, budget, returns);
  }

  int number() {
    return number;
  }

  ReaderAgent reader() {
    return reader;
  }

  WriterAgent writer() {
    return writer;
  }

  /** The writer first, so that nothing of the session reaches it before it knows the session. */
  void open(CopySession session) {
    writer.open(session);
    reader.open(session);
  }
}
