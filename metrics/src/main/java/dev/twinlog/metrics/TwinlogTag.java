package dev.twinlog.metrics;

import io.micrometer.common.docs.KeyName;

/** The tags of Twinlog's meters; tags may be added. */
public enum TwinlogTag implements KeyName {
  /** The link's name. */
  LINK("link"),
  /** The source topic. */
  TOPIC("topic"),
  /** The number of the source partition. */
  PARTITION("partition"),
  /** A state's name as {@code LinkState}, {@code PartitionState} or {@code GroupState} has it. */
  STATE("state"),
  /** How batches were handled: a name of {@code BatchHandling}. */
  HANDLING("handling"),
  /** A periodic task of the link. */
  DUTY("duty"),
  /** A name of {@code Verdict}. */
  VERDICT("verdict"),
  /** A cluster of the link: {@code source} or {@code target}. */
  CLUSTER("cluster");

  private final String key;

  TwinlogTag(String key) {
    this.key = key;
  }

  @Override
  public String asString() {
    return key;
  }
}
