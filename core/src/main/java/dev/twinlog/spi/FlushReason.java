package dev.twinlog.spi;

/**
 * Why a {@link BufferingSinkWriter} is flushed. May grow; treat an unknown reason as {@code DRAIN}.
 */
public enum FlushReason {

  /**
   * The link's in-flight budget is used up: no more is read until something is acknowledged. A
   * writer that does not send now stalls its lane.
   */
  BUDGET,

  /** A partition or the link is ending and waits for the acknowledgement of all its writes. */
  DRAIN
}
