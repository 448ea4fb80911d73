package dev.twinlog.kafka;

/** How records travel from one Kafka cluster to another. */
public enum DataPath {
  /**
   * {@link #BATCHES}, unless the kafka-clients on the class path is one whose network classes
   * Twinlog does not know; then {@link #RECORDS}, and the status says why. A source that reads
   * {@link Isolation#READ_UNCOMMITTED} takes {@link #RECORDS}, too.
   */
  AUTO,

  /**
   * Whole record batches, still compressed, opened only where they must be. Committed records only.
   * Brokers must be of Kafka 3.1 or later.
   */
  BATCHES,

  /** Decoded records, through the public {@code KafkaConsumer} and {@code KafkaProducer}. */
  RECORDS
}
