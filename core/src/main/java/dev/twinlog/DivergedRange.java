package dev.twinlog;

/**
 * What a source partition has behind the place up to which it was copied. Users don't implement it;
 * methods may be added. Immutable.
 */
public interface DivergedRange {

  /** From the seam, before which everything is in the target, to the end of the source. */
  OffsetRange offsets();

  /** How many records there are, without transaction markers and aborted records. */
  long records();

  /**
   * Where the target continues alone: the offset behind the last record of the link there. Negative
   * if nothing of the partition was copied.
   */
  long targetSeam();

  /**
   * Why the seam isn't certain: then {@link #records} is the most that may not be in the target.
   * Empty if it is.
   */
  String problem();
}
