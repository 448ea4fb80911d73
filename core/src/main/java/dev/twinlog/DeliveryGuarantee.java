package dev.twinlog;

/** How often a record may reach the target. */
public enum DeliveryGuarantee {
  /** Each record once, after any number of crashes; needs a sink that can recover. */
  EXACTLY_ONCE,
  /**
   * No record is lost; after a crash or a failed write some may be there twice, those written since
   * the last saved progress.
   */
  AT_LEAST_ONCE
}
