package dev.twinlog;

import java.util.Objects;

/**
 * Which topics of MirrorMaker 2 the link writes in the target, for programs that read them: its own
 * {@code MirrorClient} and {@code RemoteClusterUtils}, and what is built on these. Immutable.
 *
 * <p>Their names begin with the alias of the source's {@link dev.twinlog.kafka.KafkaCluster}.
 */
public final class MirrorMakerTopics {
  private static final MirrorMakerTopics OFF = new MirrorMakerTopics(false, false, ".");

  private final boolean checkpoints;
  private final boolean heartbeats;
  private final String separator;

  private MirrorMakerTopics(boolean checkpoints, boolean heartbeats, String separator) {
    this.checkpoints = checkpoints;
    this.heartbeats = heartbeats;
    this.separator = separator;
  }

  /** None. The default. */
  public static MirrorMakerTopics off() {
    return OFF;
  }

  /**
   * Also {@code <alias>.checkpoints.internal}: the positions of consumer groups that the link
   * writes in the target, with those of the source.
   */
  public MirrorMakerTopics checkpoints() {
    return new MirrorMakerTopics(true, heartbeats, separator);
  }

  /**
   * Also {@code <alias>.heartbeats}: a record each second while the link reaches both clusters.
   * From its name programs know that the source is copied to this cluster.
   */
  public MirrorMakerTopics heartbeats() {
    return new MirrorMakerTopics(checkpoints, true, separator);
  }

  /**
   * What is between the parts of the topics' names: MirrorMaker's {@code
   * replication.policy.separator}. Default a dot.
   */
  public MirrorMakerTopics separator(String separator) {
    return new MirrorMakerTopics(
        checkpoints, heartbeats, Objects.requireNonNull(separator, "separator"));
  }

  /** Whether any of them is written. */
  public boolean isOn() {
    return checkpoints || heartbeats;
  }

  /** Whether checkpoints of consumer groups are written. */
  public boolean writesCheckpoints() {
    return checkpoints;
  }

  /** Whether heartbeats are written. */
  public boolean writesHeartbeats() {
    return heartbeats;
  }

  /** What is between the parts of the topics' names. */
  public String separator() {
    return separator;
  }

  @Override
  public String toString() {
    return "MirrorMaker topics [checkpoints=%s, heartbeats=%s, separator=%s]"
        .formatted(checkpoints, heartbeats, separator);
  }
}
