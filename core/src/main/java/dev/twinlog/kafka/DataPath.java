package dev.twinlog.kafka;

/** How records are copied from one Kafka cluster to another. */
public enum DataPath {
  /**
   * {@link #BATCHES}, unless Twinlog does not know the network classes of the kafka-clients on the
   * class path; then {@link #RECORDS}, and the status says why. A source with {@link
   * Isolation#READ_UNCOMMITTED} also uses {@link #RECORDS}.
   */
  AUTO,

  /**
   * Whole record batches, still compressed, and decoded only where necessary. Committed records
   * only. Brokers must be of Kafka 3.1 or later.
   */
  BATCHES,

  /** Decoded records, through the public {@code KafkaConsumer} and {@code KafkaProducer}. */
  RECORDS
}
