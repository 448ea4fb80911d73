package dev.twinlog.internal.kafka.wire.message;

/**
 * The requests of Kafka's protocol that the batch path uses, each in the one or two versions that
 * it can write and read.
 *
 * <p>Fetch 13 names topics by id (KIP-516), so that a recreated topic is never taken for the former
 * one; brokers support it since Kafka 3.1. Produce names topics by id from version 13 on, which
 * brokers support since 4.1, and by name before. EndTxn stays at version 3 although brokers support
 * newer ones: from 5 on it bumps the producer epoch (KIP-890), which would end the session that a
 * transaction marker is to keep alive. AddPartitionsToTxn has no newer version for clients.
 */
public enum Api {
  PRODUCE(0, 9, 13),
  FETCH(1, 13, 13),
  LIST_OFFSETS(2, 7, 7),
  METADATA(3, 12, 12),
  FIND_COORDINATOR(10, 4, 4),
  API_VERSIONS(18, 3, 3),
  INIT_PRODUCER_ID(22, 4, 4),
  ADD_PARTITIONS_TO_TXN(24, 3, 3),
  END_TXN(26, 3, 3),
  WRITE_TXN_MARKERS(27, 1, 1);

  private final short key;
  private final short oldest;
  private final short newest;

  Api(int key, int oldest, int newest) {
    this.key = (short) key;
    this.oldest = (short) oldest;
    this.newest = (short) newest;
  }

  public short key() {
    return key;
  }

  /** The lowest version that a broker must support. */
  public short oldest() {
    return oldest;
  }

  /**
   * The newest version that both sides support; −1 if there is none.
   *
   * @param min the broker's oldest version
   * @param max the broker's newest version
   */
  public short newest(int min, int max) {
    if (newest >= min && newest <= max) {
      return newest;
    }
    return oldest >= min && oldest <= max ? oldest : -1;
  }
}
