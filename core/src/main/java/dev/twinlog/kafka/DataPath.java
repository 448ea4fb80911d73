package dev.twinlog.kafka;

/** How records travel from one Kafka cluster to another. */
public enum DataPath {
  /** The best path that this version and the client library offer: {@link #RECORDS} for now. */
  AUTO,

  /** Whole record batches, still compressed. Not for sources in this version. */
  BATCHES,

  /** Decoded records, through the public {@code KafkaConsumer} and {@code KafkaProducer}. */
  RECORDS
}
