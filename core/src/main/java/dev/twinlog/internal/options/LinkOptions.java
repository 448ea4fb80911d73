package dev.twinlog.internal.options;

import dev.twinlog.DeadLetters;
import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.GroupSync;
import dev.twinlog.MirrorMakerTopics;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Throttle;
import dev.twinlog.TopicSync;
import dev.twinlog.VerifyOptions;
import dev.twinlog.internal.names.LinkName;
import dev.twinlog.internal.names.TopicName;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.OffsetTranslator;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.RecordTransform;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.TopicMapper;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The table of all options of a link. Each is described here once: the builder's checks, the
 * properties and the documents are made of it.
 *
 * <p>A new option is a constant here and a method of {@code Replicator.Builder}, which {@code
 * DefaultBuilder} implements by one line. {@code OptionsTableTest} writes it into the documents.
 */
public final class LinkOptions {
  private static final List<Option<?>> TABLE = new ArrayList<>();

  public static final Option<String> LINK =
      row(
          LinkOptions.<String>option("link")
              .required()
              .within(new Limits<>(LinkName::isValid, LinkName.ALLOWED, LinkName.ALLOWED))
              .property("link", Format.TEXT)
              .documented(
                  "required",
                  "the link's name, 1 to 64 of `A-Z a-z 0-9 _ -`; the same at every start"));

  public static final Option<Source> SOURCE =
      row(
          LinkOptions.<Source>option("source")
              .required()
              .documented(
                  "required", "where to read: a [Kafka source](#kafka-clusters), or your own"));

  public static final Option<Sink> SINK =
      row(
          LinkOptions.<Sink>option("sink")
              .required()
              .documented(
                  "required", "where to write: a [Kafka sink](#kafka-clusters), or your own"));

  public static final Option<StartPosition> START_FROM =
      row(
          option("startFrom", StartPosition.earliest())
              .property(
                  "start.from",
                  new Format<>(
                      LinkOptions::startPosition,
                      "earliest, latest or an instant as 2026-01-31T12:00:00Z"))
              .documented(
                  "`earliest`",
                  "where to begin without progress: `earliest`, `latest` or an instant as"
                      + " `2026-01-31T12:00:00Z`; topics that appear later are copied from their"
                      + " beginning unless it is an instant"));

  public static final Option<TopicMapper> TOPIC_MAPPER =
      row(
          option("topicMapper", TopicMapper.identity())
              .property(
                  "topic.prefix",
                  new Format<>(LinkOptions::prefixed, "of the characters " + TopicName.CHARACTERS))
              .documented(
                  "the same name", "names target topics; the property is a prefix of their names"));

  public static final Option<PartitionMapper> PARTITION_MAPPER =
      row(
          option("partitionMapper", PartitionMapper.identity())
              .property(
                  "partition.mapper",
                  Format.choice(
                      Map.of(
                          "identity", PartitionMapper.identity(),
                          "modulo", PartitionMapper.modulo(),
                          "keyHash", PartitionMapper.keyHash())))
              .documented(
                  "`identity`", "chooses target partitions: `identity`, `modulo` or `keyHash`"));

  public static final Option<RecordTransform> TRANSFORM =
      row(
          LinkOptions.<RecordTransform>option("transform")
              .givenOnce("one is applied: chain them, first.andThen(second)")
              .documented(
                  "none",
                  "drops or changes records, per topic with `RecordTransform.ofPartition`; several"
                      + " are chained with `andThen`; give it a new `version()` whenever its"
                      + " results change"));

  public static final Option<OffsetTranslator> OFFSET_TRANSLATOR =
      row(
          option("offsetTranslator", OffsetTranslator.exact())
              .documented(
                  "`exact()`", "how `offsets()` translates: `exact()`, `identity()`, or your own"));

  public static final Option<TopicSync> TOPIC_SYNC =
      row(
          option("topicSync", TopicSync.defaults())
              .properties(SyncProperties.OF_TOPICS)
              .within(
                  new Limits<>(
                      sync ->
                          Limits.INTERVALS.accepts().test(sync.configs().interval())
                              && Limits.INTERVALS.accepts().test(sync.acls().interval()),
                      "one that compares configs and ACLs every " + Limits.INTERVALS.allowed(),
                      ""))
              .check(PartChecks::removals)
              .documented("`defaults()`", "what the link may do to target topics:"));

  public static final Option<GroupSync> GROUP_SYNC =
      row(
          option("groupSync", GroupSync.defaults())
              .properties(SyncProperties.OF_GROUPS)
              .within(
                  new Limits<>(
                      sync -> Limits.INTERVALS.accepts().test(sync.interval()),
                      "compared every " + Limits.INTERVALS.allowed(),
                      ""))
              .documented("`defaults()`", "how [consumer groups](GROUPS.md) are kept in step:"));

  public static final Option<MirrorMakerTopics> MIRROR_MAKER_TOPICS =
      row(
          option("mirrorMakerTopics", MirrorMakerTopics.off())
              .properties(SyncProperties.OF_MIRROR_MAKER)
              .within(
                  new Limits<>(
                      topics -> TopicName.isPart(topics.separator()),
                      "with a separator of the characters " + TopicName.CHARACTERS,
                      ""))
              .check(PartChecks::mirrorMakerTopics)
              .documented(
                  "`off()`",
                  "which [topics of MirrorMaker 2](#topics-of-mirrormaker) the link writes in the"
                      + " target, for programs that read them:"));

  public static final Option<DeadLetters> DEAD_LETTERS =
      row(
          option("deadLetters", DeadLetters.off())
              .properties(SyncProperties.OF_DEAD_LETTERS)
              .within(
                  new Limits<>(
                      letters -> letters.limitPerHour() >= 1,
                      "with a limit of at least 1 an hour",
                      ""))
              .check(PartChecks::deadLetters)
              .documented(
                  "`off()`",
                  "[where records go that the target refuses](OPERATIONS.md#dead-letters), so that"
                      + " their partitions continue: `DeadLetters.to(topic)`"));

  public static final Option<VerifyOptions> VERIFYING =
      row(
          option("verifying", VerifyOptions.defaults())
              .properties(SyncProperties.OF_VERIFICATION)
              .check(PartChecks::verifying)
              .documented(
                  "`VerifyOptions.defaults()`, not at all",
                  "[verifies the copy](OPERATIONS.md#is-the-copy-exact) while the link runs:"
                      + " `VerifyOptions.continuous(...)`"));

  public static final Option<DeliveryGuarantee> DELIVERY_GUARANTEE =
      row(
          LinkOptions.<DeliveryGuarantee>option("deliveryGuarantee")
              .property("delivery.guarantee", Format.choice(DeliveryGuarantee.values()))
              .check(PartChecks::guarantee)
              .documented(
                  "the strongest that the sink supports",
                  "`EXACTLY_ONCE` for sinks that can recover, like the Kafka sink, or"
                      + " `AT_LEAST_ONCE`"));

  public static final Option<Long> MAX_IN_FLIGHT_BYTES =
      row(
          option("maxInFlightBytes", 64L << 20)
              .within(Limits.atLeast(64L << 10))
              .property("max.in.flight.bytes", Format.LONG)
              .documented(
                  "64 MiB",
                  "the most bytes that may be read and not yet acknowledged, over all lanes; on the"
                      + " batch path it bounds [memory outside the heap](#two-data-paths)"));

  public static final Option<Integer> LANES =
      row(
          option("lanes", 1)
              .within(Limits.between(1, 64))
              .property("lanes", Format.INTEGER)
              .documented(
                  "1",
                  "number of reader threads and of writer threads, at most 64, which"
                      + " `replicator.lanes(...)` changes while the link runs"));

  public static final Option<Throttle> THROTTLE =
      row(
          option("throttle", Throttle.none())
              .properties(SyncProperties.OF_THROTTLE)
              .documented(
                  "`Throttle.none()`",
                  "[how fast the source is read](OPERATIONS.md#throttle), which"
                      + " `replicator.throttle(...)` changes while the link runs:"));

  public static final Option<Duration> DISCOVERY_INTERVAL =
      row(
          option("discoveryInterval", Duration.ofSeconds(30))
              .within(Limits.INTERVALS)
              .property("discovery.interval.ms", Format.MILLIS)
              .documented(
                  "30 s", "how often the link looks for new, deleted and recreated topics"));

  public static final Option<Duration> CLOSE_TIMEOUT =
      row(
          option("closeTimeout", Duration.ofSeconds(30))
              .within(Limits.between(Duration.ZERO, Duration.ofDays(1), Duration::toMillis))
              .property("close.timeout.ms", Format.MILLIS)
              .documented("30 s", "how long `close()` may wait for writes in flight"));

  public static final Option<ProgressStore> PROGRESS_STORE =
      row(
          LinkOptions.<ProgressStore>option("progressStore")
              .check(PartChecks::progressStore)
              .documented(
                  "Kafka sinks keep it in the target, in `twinlog.<link>.state`",
                  "for other sinks: `FileProgressStore.at(directory)`, or your own"));

  public static final Option<LinkMetrics> METRICS =
      row(
          LinkOptions.<LinkMetrics>option("metrics", new LinkMetrics() {})
              .documented("none", "receives measurements, for example `TwinlogMeters`"));

  public static final Option<ReplicationListener> ON_EVENT =
      row(
          LinkOptions.<ReplicationListener>option("onEvent", new ReplicationListener() {})
              .documented("none", "receives the link's events"));

  public static final Option<Clock> CLOCK =
      row(option("clock", Clock.systemUTC()).documented("the system's", "the link's wall clock"));

  public static final Option<Boolean> ENABLED =
      row(
          option("enabled", true)
              .property("enabled", Format.FLAG)
              .documented("`true`", "`false` builds a replicator that does nothing"));

  /** All of them, in the order of the documents. */
  public static final List<Option<?>> ALL = List.copyOf(TABLE);

  private LinkOptions() {}

  /** Why a selection of topics is refused that has the dead-letter topic. */
  public static String selectsDeadLetters(String topic) {
    return PartChecks.selectsDeadLetters(topic);
  }

  private static <T> Option<T> row(Option<T> option) {
    TABLE.add(option);
    return option;
  }

  private static <T> Option.Builder<T> option(String name) {
    return option(name, null);
  }

  private static <T> Option.Builder<T> option(String name, @Nullable T initial) {
    return new Option.Builder<>(name, initial);
  }

  private static Optional<StartPosition> startPosition(String text) {
    try {
      return Optional.of(
          switch (text) {
            case "earliest" -> StartPosition.earliest();
            case "latest" -> StartPosition.latest();
            default -> StartPosition.timestamp(Instant.parse(text));
          });
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private static Optional<TopicMapper> prefixed(String prefix) {
    return TopicName.isPart(prefix) ? Optional.of(TopicMapper.prefixed(prefix)) : Optional.empty();
  }
}
