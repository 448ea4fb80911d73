package dev.twinlog.internal.offsets;

/** The side of the map by which something is looked up. */
enum Axis {
  SOURCE(0),
  TARGET(1);

  /** Where a segment in a {@link Tail} has this side's first offset. */
  final int slot;

  Axis(int slot) {
    this.slot = slot;
  }
}
