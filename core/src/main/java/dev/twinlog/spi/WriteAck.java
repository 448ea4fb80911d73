package dev.twinlog.spi;

import java.util.List;
import java.util.Optional;

/** The answer to a write that is safe in the target. Immutable. */
public final class WriteAck {
  private static final WriteAck WITHOUT_OFFSETS = new WriteAck(List.of(), Optional.empty());

  private final List<OffsetRun> runs;
  private final Optional<BatchHandling> handling;

  private WriteAck(List<OffsetRun> runs, Optional<BatchHandling> handling) {
    this.runs = runs;
    this.handling = handling;
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
    return new WriteAck(List.copyOf(runs), Optional.empty());
  }

  /**
   * From a sink that knows encoded batches.
   *
   * @param runs where the records of the batch landed, in ascending order, together all of them
   * @param handling how the batch was handled in the end
   */
  public static WriteAck of(List<OffsetRun> runs, BatchHandling handling) {
    return new WriteAck(List.copyOf(runs), Optional.of(handling));
  }

  /** Where the records landed; empty if the sink has no offsets. */
  public List<OffsetRun> runs() {
    return runs;
  }

  /** How the batch was handled in the end; empty if the sink says nothing of it. */
  public Optional<BatchHandling> handling() {
    return handling;
  }

  @Override
  public String toString() {
    return runs.isEmpty() ? "acknowledged" : "acknowledged " + runs;
  }
}
