package dev.twinlog.metrics;

import static dev.twinlog.metrics.TwinlogTag.CLUSTER;
import static dev.twinlog.metrics.TwinlogTag.DUTY;
import static dev.twinlog.metrics.TwinlogTag.HANDLING;
import static dev.twinlog.metrics.TwinlogTag.LINK;
import static dev.twinlog.metrics.TwinlogTag.PARTITION;
import static dev.twinlog.metrics.TwinlogTag.STATE;
import static dev.twinlog.metrics.TwinlogTag.TOPIC;
import static dev.twinlog.metrics.TwinlogTag.VERDICT;

import io.micrometer.common.docs.KeyName;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.docs.MeterDocumentation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Every meter of a link; meters may be added.
 *
 * <p>Meters that show which partition is slow have the partition as a tag; all others have only the
 * topic, so that a link of ten thousand partitions doesn't make more series than it needs. The
 * status of the {@code Replicator} has the details.
 */
public enum TwinlogMeter implements MeterDocumentation {
  /** Records acknowledged by the target. */
  RECORDS(
      "twinlog.records",
      Meter.Type.COUNTER,
      "records",
      "Records acknowledged by the target",
      LINK,
      TOPIC,
      PARTITION),

  /** Bytes acknowledged by the target. */
  BYTES(
      "twinlog.bytes",
      Meter.Type.COUNTER,
      "bytes",
      "Keys, values and headers acknowledged by the target; compressed where they moved compressed",
      LINK,
      TOPIC,
      PARTITION),

  /** Batches by how they were handled. */
  BATCHES(
      "twinlog.batches",
      Meter.Type.COUNTER,
      "batches",
      "Batches acknowledged by the target, by how they were handled: PASSED_THROUGH if they were never"
          + " decoded, else why",
      LINK,
      TOPIC,
      HANDLING),

  /** Records dropped by the transform. */
  FILTERED_RECORDS(
      "twinlog.filtered.records",
      Meter.Type.COUNTER,
      "records",
      "Records dropped by the transform",
      LINK,
      TOPIC),

  /** Lag in records. */
  LAG_RECORDS(
      "twinlog.lag.records",
      Meter.Type.GAUGE,
      "records",
      "Offsets between what is in the target and the end of the source that a reader may see; NaN"
          + " while that end is not known",
      LINK,
      TOPIC,
      PARTITION),

  /** Lag in time. */
  LAG_TIME(
      "twinlog.lag.time",
      Meter.Type.GAUGE,
      "seconds",
      "0 when caught up, else the age of the last record written, by its timestamp; grows while the"
          + " source's end is not known",
      LINK,
      TOPIC,
      PARTITION),

  /** What an open transaction holds back. */
  HELD_BACK_RECORDS(
      "twinlog.held.back.records",
      Meter.Type.GAUGE,
      "records",
      "Offsets between the last stable offset of the source and its high watermark, which an open"
          + " transaction holds back; only of partitions where that has happened",
      LINK,
      TOPIC,
      PARTITION),

  /** How long an open transaction holds something back. */
  HELD_BACK_TIME(
      "twinlog.held.back.time",
      Meter.Type.GAUGE,
      "seconds",
      "How long the last stable offset of the source has stood still below its high watermark; only"
          + " of partitions where that has happened",
      LINK,
      TOPIC,
      PARTITION),

  /** Whether each record arrives once. */
  EXACT(
      "twinlog.exact",
      Meter.Type.GAUGE,
      null,
      "1 where each record arrives once, 0 where it may arrive twice; the status says why",
      LINK,
      TOPIC,
      PARTITION),

  /** End-to-end latency. */
  LATENCY(
      "twinlog.latency",
      Meter.Type.TIMER,
      "seconds",
      "From a record's timestamp to its acknowledgement by the target; one sample per batch, for the"
          + " batch's newest record",
      LINK,
      TOPIC),

  /** Faults that were tried again. */
  RETRIES(
      "twinlog.retries",
      Meter.Type.COUNTER,
      "retries",
      "Faults that were met and tried again",
      LINK,
      TOPIC),

  /** Targets that lost their end. */
  REWINDS(
      "twinlog.rewinds",
      Meter.Type.COUNTER,
      "rewinds",
      "How often a target had lost its end, and what it lost was copied again",
      LINK,
      TOPIC),

  /** Offsets that were left out: lost at the source, or skipped by the user. */
  SKIPPED_OFFSETS(
      "twinlog.skipped.offsets",
      Meter.Type.COUNTER,
      "offsets",
      "Offsets that were left out: the source had removed them before they were copied, the user has skipped them, or they are dead letters",
      LINK,
      TOPIC),

  /** Records in the dead-letter topic. */
  DEAD_LETTERS(
      "twinlog.dead.letters",
      Meter.Type.COUNTER,
      "records",
      "Records that were refused and are in the dead-letter topic",
      LINK,
      TOPIC),

  /** Changed configs of target topics. */
  CONFIG_CHANGES(
      "twinlog.config.changes",
      Meter.Type.COUNTER,
      "configs",
      "Configs of target topics that were changed to be those of the source topic",
      LINK,
      TOPIC),

  /** Changed ACLs of the target. */
  ACL_CHANGES(
      "twinlog.acl.changes",
      Meter.Type.COUNTER,
      "acls",
      "ACLs of the target that were created or deleted to be those of the source",
      LINK),

  /** Partitions stopped by errors. */
  ERRORS(
      "twinlog.errors",
      Meter.Type.COUNTER,
      "errors",
      "How often an error stopped a partition",
      LINK,
      TOPIC),

  /** Exceptions of listeners. */
  LISTENER_ERRORS(
      "twinlog.listener.errors",
      Meter.Type.COUNTER,
      "errors",
      "Exceptions thrown by the link's listeners",
      LINK),

  /** Runs of periodic tasks. */
  DUTIES(
      "twinlog.duties",
      Meter.Type.TIMER,
      "seconds",
      "Runs of the link's periodic tasks, such as the discovery of topics, and how long they took",
      LINK,
      DUTY),

  /** Failed runs of periodic tasks. */
  DUTY_ERRORS(
      "twinlog.duty.errors",
      Meter.Type.COUNTER,
      "errors",
      "Runs of the link's periodic tasks that failed; they are repeated with backoff",
      LINK,
      DUTY),

  /** How long ago a periodic task has succeeded. */
  DUTY_SUCCESS_AGE(
      "twinlog.duty.success.age",
      Meter.Type.GAUGE,
      "seconds",
      "How long ago a run of the periodic task last succeeded, NaN before that; a task that has nothing"
          + " to do, or waits for a cluster that is away, does not run",
      LINK,
      DUTY),

  /** Consumer groups by state. */
  GROUPS(
      "twinlog.groups",
      Meter.Type.GAUGE,
      "groups",
      "Consumer groups of the source that are in the state, as of the last comparison",
      LINK,
      STATE),

  /** Positions of consumer groups that were written. */
  GROUP_POSITIONS(
      "twinlog.group.positions",
      Meter.Type.COUNTER,
      "positions",
      "Positions of consumer groups written in the target",
      LINK),

  /** Records that were verified. */
  VERIFIED_RECORDS(
      "twinlog.verified.records",
      Meter.Type.COUNTER,
      "records",
      "Source records that the continuous verification has compared with their copies",
      LINK,
      TOPIC),

  /** Records that differ. */
  DIFFERENT_RECORDS(
      "twinlog.different.records",
      Meter.Type.GAUGE,
      "records",
      "Records that the continuous verification has found different, until later passes find the"
          + " partition exact; only of partitions where that has happened",
      LINK,
      TOPIC,
      PARTITION),

  /** Partitions by verdict. */
  VERIFIED_PARTITIONS(
      "twinlog.verified.partitions",
      Meter.Type.GAUGE,
      "partitions",
      "Source partitions by the last verdict of the continuous verification; DIFFERENT stays until"
          + " later passes find the partition exact",
      LINK,
      VERDICT),

  /** The throttle. */
  THROTTLE_LIMIT(
      "twinlog.throttle.limit",
      Meter.Type.GAUGE,
      "bytes",
      "The most bytes that the link may read in a second; NaN while it has no throttle",
      LINK),

  /** How long the throttle has held back. */
  THROTTLED_TIME(
      "twinlog.throttled.time",
      Meter.Type.COUNTER,
      "seconds",
      "How long the throttle has held back at least one partition",
      LINK),

  /** How long brokers have told the link to wait. */
  BROKER_THROTTLED_TIME(
      "twinlog.broker.throttled.time",
      Meter.Type.COUNTER,
      "seconds",
      "How long brokers have told the link to wait, since a quota is exceeded; the sum of their"
          + " responses, on the batch path only",
      LINK,
      CLUSTER),

  /** How long catching up takes. */
  CATCH_UP_TIME(
      "twinlog.catch.up.time",
      Meter.Type.GAUGE,
      "seconds",
      "How long the link needs until it is caught up, as its lag has changed in the last minute; NaN"
          + " while the lag is not known or does not get less",
      LINK),

  /** The memory of the offset maps. */
  OFFSET_MAPS(
      "twinlog.offset.maps",
      Meter.Type.GAUGE,
      "bytes",
      "The memory that the offset maps take; beyond 64 MiB their oldest entries become coarse",
      LINK),

  /** Partitions by state. */
  PARTITIONS(
      "twinlog.partitions",
      Meter.Type.GAUGE,
      "partitions",
      "Source partitions that are in the state",
      LINK,
      TOPIC,
      STATE),

  /** The link's state. */
  LINK_STATE(
      "twinlog.link.state",
      Meter.Type.GAUGE,
      null,
      "1 for the link's state, 0 for the others",
      LINK,
      STATE);

  private final String name;
  private final Meter.Type type;
  private final @Nullable String baseUnit;
  private final String description;

  @SuppressWarnings("ImmutableEnumChecker") // List.of gives an immutable list
  private final List<TwinlogTag> tags;

  TwinlogMeter(
      String name,
      Meter.Type type,
      @Nullable String baseUnit,
      String description,
      TwinlogTag... tags) {
    this.name = name;
    this.type = type;
    this.baseUnit = baseUnit;
    this.description = description;
    this.tags = List.of(tags);
  }

  @Override
  public String getName() {
    return name;
  }

  @Override
  public Meter.Type getType() {
    return type;
  }

  /**
   * The unit; {@code null} for a figure without one. Timers and times are shown in the registry's.
   */
  @Override
  public @Nullable String getBaseUnit() {
    return baseUnit;
  }

  @Override
  public KeyName[] getKeyNames() {
    return tags.toArray(KeyName[]::new);
  }

  /** What the meter says, in a sentence. */
  public String getDescription() {
    return description;
  }

  /** The meter's tags with these values, in the order of {@link #getKeyNames()}. */
  Tags tags(String... values) {
    if (values.length != tags.size()) {
      throw new IllegalArgumentException(name + " has the tags " + tags);
    }
    List<Tag> named = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      named.add(Tag.of(tags.get(i).asString(), values[i]));
    }
    return Tags.of(named);
  }
}
