package dev.twinlog.internal.engine.lane;

/**
 * A reader agent and a writer agent that own a set of source partitions with all their routes. They
 * share only the hand-off: the writer's mailbox, bounded in bytes by the budget.
 */
public final class Lane {
  private final int number;
  private final long maxInFlightBytes;
  private final ReaderAgent reader;
  private final WriterAgent writer;

  public Lane(int number, LaneContext context, Stages stages, long maxInFlightBytes) {
    this.number = number;
    this.maxInFlightBytes = maxInFlightBytes;
    MemoryBudget budget = new MemoryBudget(maxInFlightBytes);
    BatchReturns returns = new BatchReturns();
    this.reader = new ReaderAgent(this, context, stages, budget, returns);
    this.writer = new WriterAgent(this, context, budget, returns);
  }

  int number() {
    return number;
  }

  /** Its share of the memory. */
  long maxInFlightBytes() {
    return maxInFlightBytes;
  }

  public ReaderAgent reader() {
    return reader;
  }

  public WriterAgent writer() {
    return writer;
  }

  /** Opens the session at the writer first, so that the writer knows it before the first batch. */
  public void open(CopySession session) {
    writer.open(session);
    reader.open(session);
  }
}
