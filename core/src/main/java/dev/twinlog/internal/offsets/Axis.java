package dev.twinlog.internal.offsets;

/** The side of the map by which something is looked up. */
enum Axis {
  SOURCE,
  TARGET
}
