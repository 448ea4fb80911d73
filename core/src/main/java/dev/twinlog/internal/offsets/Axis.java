package dev.twinlog.internal.offsets;

/** The side of an offset map, source or target, by which a lookup searches. */
enum Axis {
  SOURCE(0),
  TARGET(1);

  /** The index of this side's first offset in a segment of a {@link Tail}. */
  final int slot;

  Axis(int slot) {
    this.slot = slot;
  }
}
