package dev.twinlog.internal.kafka.state;

/**
 * The first byte of a route's sink state, by which each data path recognizes the other's states.
 */
public enum SinkStateKind {
  /** Written by the batch path's ledger; the byte is also the version of that form. */
  LEDGER((byte) 1),

  /** Written by the record path. */
  RECORD_PATH((byte) 'T');

  private final byte code;

  SinkStateKind(byte code) {
    this.code = code;
  }

  public byte code() {
    return code;
  }

  /** Whether a stored state is of this kind; an empty one is of none. */
  public boolean matches(byte[] stored) {
    return stored.length > 0 && stored[0] == code;
  }
}
