package dev.twinlog.spi;

import java.util.List;
import java.util.Optional;

/** The answer to a write that is safe in the target. Immutable. */
public final class WriteAck {
  private static final WriteAck WITHOUT_OFFSETS = new WriteAck(List.of(), Optional.empty());

  private final List<OffsetRun> runs;
  private final Optional<BatchDoor> door;

  private WriteAck(List<OffsetRun> runs, Optional<BatchDoor> door) {
    this.runs = runs;
    this.door = door;
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
   * @param door the door that the batch took in the end
   */
  public static WriteAck of(List<OffsetRun> runs, BatchDoor door) {
    return new WriteAck(List.copyOf(runs), Optional.of(door));
  }

  /** Where the records landed; empty if the sink has no offsets. */
  public List<OffsetRun> runs() {
    return runs;
  }

  /** The door that the batch took in the end; empty if the sink says nothing of it. */
  public Optional<BatchDoor> door() {
    return door;
  }

  @Override
  public String toString() {
    return runs.isEmpty() ? "acknowledged" : "acknowledged " + runs;
  }
}
