package dev.twinlog.spi;

import java.util.List;

/** The answer to a write that is safe in the target. Immutable. */
public final class WriteAck {
  private static final WriteAck WITHOUT_OFFSETS = new WriteAck(List.of());

  private final List<OffsetRun> runs;

  private WriteAck(List<OffsetRun> runs) {
    this.runs = runs;
  }

  /** From a sink that has no offsets. */
  public static WriteAck withoutOffsets() {
    return WITHOUT_OFFSETS;
  }

  /**
   * From a sink that has offsets.
   *
   * @param runs where the records of the batch landed, in ascending order, together all of them
   */
  public static WriteAck of(List<OffsetRun> runs) {
    return new WriteAck(List.copyOf(runs));
  }

  /** Where the records landed; empty if the sink has no offsets. */
  public List<OffsetRun> runs() {
    return runs;
  }

  @Override
  public String toString() {
    return runs.isEmpty() ? "acknowledged" : "acknowledged " + runs;
  }
}
