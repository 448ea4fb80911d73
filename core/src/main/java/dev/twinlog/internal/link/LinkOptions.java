package dev.twinlog.internal.link;

import dev.twinlog.AclSync;
import dev.twinlog.DeletedTopic;
import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.Gap;
import dev.twinlog.GroupSync;
import dev.twinlog.LocalCommits;
import dev.twinlog.MirrorMakerTopics;
import dev.twinlog.RecreatedTopic;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.TopicSync;
import dev.twinlog.internal.control.LinkName;
import dev.twinlog.internal.engine.shared.LinkSettings;
import dev.twinlog.kafka.Compression;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.Isolation;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The table of all options of a link, in the order of {@code core/CONFIGURATION.md}. The builder's
 * checks, the properties and their checks are made of it, and a test compares the documents with
 * it.
 *
 * <p>A new option is a row here and in {@link #ALL}, a method of {@link Replicator.Builder} and its
 * implementation in {@link DefaultBuilder}, a setting of {@link LinkSettings}, and a row in {@code
 * core/CONFIGURATION.md}.
 */
final class LinkOptions {
  private static final Pattern TOPIC_CHARACTERS = Pattern.compile("[A-Za-z0-9._-]+");
  private static final Limits<String> LINK_NAMES =
      new Limits<>(LinkName::isValid, LinkName.ALLOWED, LinkName.ALLOWED);
  private static final Limits<Long> BYTES_IN_FLIGHT = Limits.atLeast(64L << 10);
  private static final Limits<Integer> LANE_COUNTS = Limits.between(1, 64);
  private static final Limits<Duration> INTERVALS =
      Limits.between(Duration.ofMillis(100), Duration.ofDays(1), Duration::toMillis);
  private static final Limits<TopicSync> TOPIC_SYNCS =
      new Limits<>(
          sync ->
              INTERVALS.accepts().test(sync.configs().interval())
                  && INTERVALS.accepts().test(sync.acls().interval()),
          "one that compares configs and ACLs every " + INTERVALS.allowed(),
          "");
  private static final Limits<GroupSync> GROUP_SYNCS =
      new Limits<>(
          sync -> INTERVALS.accepts().test(sync.interval()),
          "compared every " + INTERVALS.allowed(),
          INTERVALS.asText());
  private static final Limits<MirrorMakerTopics> MIRROR_MAKERS =
      new Limits<>(
          topics -> isTopicName(topics.separator()),
          "with a separator of the characters A-Z a-z 0-9 . _ -",
          "");
  private static final Limits<Duration> TIMEOUTS =
      Limits.between(Duration.ZERO, Duration.ofDays(1), Duration::toMillis);

  // Keys that PropertiesLink reads itself.

  static final Key<Boolean> ENABLED_KEY = Key.flag("enabled");
  static final Key<String> LINK_KEY = Key.text("link", LINK_NAMES);
  static final Key<String> SOURCE_SERVERS = Key.text("source.bootstrap.servers");
  static final Key<String> TARGET_SERVERS = Key.text("bootstrap.servers");
  static final Key<String> SINK_SERVERS = Key.text("sink.bootstrap.servers");
  static final Key<String> SOURCE_ALIAS = Key.text("source.alias");
  static final Key<String> SINK_ALIAS = Key.text("sink.alias");
  static final Key<String> TOPICS = Key.text("topics");
  static final Key<String> TOPICS_EXCLUDE = Key.text("topics.exclude");
  static final Key<Isolation> ISOLATION = Key.choice("isolation", Isolation.values());
  static final Key<DataPath> DATA_PATH = Key.choice("data.path", DataPath.values());
  static final Key<Compression> RECOMPRESS = Key.choice("recompress", Compression.values());
  static final Key<Integer> RECOMPRESS_LEVEL =
      Key.integer("recompress.level", Limits.between(Integer.MIN_VALUE, Integer.MAX_VALUE));
  static final Key<Integer> REPLICATION_FACTOR =
      Key.integer("replication.factor", Limits.between(1, (int) Short.MAX_VALUE));
  static final Key<Boolean> CREATE_TOPICS = Key.flag("create.topics");
  static final Key<Boolean> GROW_PARTITIONS = Key.flag("grow.partitions");
  static final Key<Boolean> SHARE_TARGETS = Key.flag("share.targets");
  static final Key<DeletedTopic> ON_DELETE = Key.choice("on.delete", DeletedTopic.values());
  static final Key<RecreatedTopic> ON_RECREATE = Key.choice("on.recreate", RecreatedTopic.values());
  static final Key<Gap> ON_GAP = Key.choice("on.gap", Gap.values());
  static final Key<Boolean> TRIM = Key.flag("trim");
  static final Key<Boolean> SYNC_CONFIGS = Key.flag("sync.configs");
  static final Key<String> SYNC_CONFIGS_INCLUDE = Key.text("sync.configs.include");
  static final Key<String> SYNC_CONFIGS_EXCLUDE = Key.text("sync.configs.exclude");
  static final Key<Boolean> SYNC_CONFIGS_OVERWRITE = Key.flag("sync.configs.overwrite");
  static final Key<Duration> SYNC_CONFIGS_INTERVAL =
      Key.millis("sync.configs.interval.ms", INTERVALS);
  static final Key<Boolean> SYNC_GROUPS = Key.flag("sync.groups");
  static final Key<String> GROUPS = Key.text("groups");
  static final Key<String> GROUPS_EXCLUDE = Key.text("groups.exclude");
  static final Key<Duration> GROUPS_INTERVAL = Key.millis("groups.interval.ms", INTERVALS);
  static final Key<Boolean> DELETE_GROUPS = Key.flag("delete.groups");
  static final Key<LocalCommits> LOCAL_COMMITS =
      Key.choice("groups.local.commits", LocalCommits.values());

  static final Key<AclSync> SYNC_ACLS =
      Key.choice(
          "sync.acls",
          Map.of(
              "off", AclSync.off(),
              "topics", AclSync.topics(),
              "topicsAndGroups", AclSync.topicsAndGroups()));
  static final Key<AclSync.Writes> SYNC_ACLS_WRITES =
      Key.choice("sync.acls.writes", AclSync.Writes.values());
  static final Key<Boolean> SYNC_ACLS_DELETE = Key.flag("sync.acls.delete");
  static final Key<Duration> SYNC_ACLS_INTERVAL = Key.millis("sync.acls.interval.ms", INTERVALS);

  static final Key<Boolean> MIRROR_MAKER_CHECKPOINTS = Key.flag("mirrormaker.checkpoints");
  static final Key<Boolean> MIRROR_MAKER_HEARTBEATS = Key.flag("mirrormaker.heartbeats");
  static final Key<String> MIRROR_MAKER_SEPARATOR = Key.text("mirrormaker.separator");

  // Options of the builder.

  static final LinkOption<String> LINK =
      LinkOption.of(
              "link",
              (String) null,
              LinkSettings.Builder::link,
              "required",
              "the link's name, 1 to 64 of `A-Z a-z 0-9 _ -`; the same at every start")
          .keys(LINK_KEY)
          .within(LINK_NAMES);
  static final LinkOption<Source> SOURCE =
      LinkOption.of(
              "source",
              (Source) null,
              LinkSettings.Builder::source,
              "required",
              "where to read; every other `replicator.source.*` is a client property")
          .keys(SOURCE_SERVERS, SOURCE_ALIAS);
  static final LinkOption<Sink> SINK =
      LinkOption.of(
              "sink",
              (Sink) null,
              LinkSettings.Builder::sink,
              "required",
              "where to write; every other `replicator.sink.*` is a client property")
          .keys(TARGET_SERVERS, SINK_SERVERS, SINK_ALIAS);
  static final LinkOption<StartPosition> START_FROM =
      LinkOption.of(
              "startFrom",
              StartPosition.earliest(),
              LinkSettings.Builder::startFrom,
              "`earliest`",
              "where to begin without progress: `earliest`, `latest` or an instant; topics that"
                  + " appear later are copied from their beginning unless it is an instant")
          .key(
              new Key<>(
                  "start.from",
                  LinkOptions::startPosition,
                  "earliest, latest or an instant as 2026-01-31T12:00:00Z"),
              Replicator.Builder::startFrom);
  static final LinkOption<TopicMapper> TOPIC_MAPPER =
      LinkOption.of(
              "topicMapper",
              TopicMapper.identity(),
              LinkSettings.Builder::topicMapper,
              "the same name",
              "names target topics")
          .key(
              new Key<>(
                  "topic.prefix", LinkOptions::prefixed, "of the characters A-Z a-z 0-9 . _ -"),
              Replicator.Builder::topicMapper);
  static final LinkOption<PartitionMapper> PARTITION_MAPPER =
      LinkOption.of(
              "partitionMapper",
              PartitionMapper.identity(),
              LinkSettings.Builder::partitionMapper,
              "`identity`",
              "`identity`, `modulo`, `keyHash`")
          .key(
              Key.choice(
                  "partition.mapper",
                  Map.of(
                      "identity", PartitionMapper.identity(),
                      "modulo", PartitionMapper.modulo(),
                      "keyHash", PartitionMapper.keyHash())),
              Replicator.Builder::partitionMapper);
  static final LinkOption<RecordTransform> TRANSFORM =
      LinkOption.of(
          "transform",
          (RecordTransform) null,
          LinkSettings.Builder::transform,
          "none",
          "drops or changes records, per topic with `RecordTransform.ofPartition`; several are"
              + " chained with `andThen`; give it a new `version()` whenever its results change");
  static final LinkOption<OffsetTranslator> OFFSET_TRANSLATOR =
      LinkOption.of(
          "offsetTranslator",
          OffsetTranslator.exact(),
          LinkSettings.Builder::offsetTranslator,
          "`exact()`",
          "how `offsets()` translates: `exact()`, `identity()`, or your own");
  static final LinkOption<TopicSync> TOPIC_SYNC =
      LinkOption.of(
              "topicSync",
              TopicSync.defaults(),
              LinkSettings.Builder::topicSync,
              "`true`, `true`, `false`",
              "what the link may do to target topics; the last one: whether it may copy to a topic"
                  + " that another link copies to already")
          .keys(CREATE_TOPICS, GROW_PARTITIONS, SHARE_TARGETS)
          .within(TOPIC_SYNCS);
  static final LinkOption<GroupSync> GROUP_SYNC =
      LinkOption.of(
              "groupSync",
              GroupSync.defaults(),
              LinkSettings.Builder::groupSync,
              "`true`, `.*`, none, 5 s, `false`, `keep`",
              "whether and which consumer groups are [kept in step](GROUPS.md), by regular"
                  + " expressions that match whole ids; how often; whether groups that are deleted"
                  + " in the source are deleted in the target; and whether positions in the target"
                  + " that others wrote are kept or overwritten")
          .within(GROUP_SYNCS)
          .keys(SYNC_GROUPS, GROUPS, GROUPS_EXCLUDE, GROUPS_INTERVAL, DELETE_GROUPS, LOCAL_COMMITS);
  static final LinkOption<MirrorMakerTopics> MIRROR_MAKER_TOPICS =
      LinkOption.of(
              "mirrorMakerTopics",
              MirrorMakerTopics.off(),
              LinkSettings.Builder::mirrorMakerTopics,
              "`false`, `false`, `.`",
              "whether the link writes `<alias>.checkpoints.internal` and `<alias>.heartbeats` in"
                  + " the target, [as MirrorMaker 2 does](#topics-of-mirrormaker), for programs"
                  + " that read them; what is between the parts of these names")
          .keys(MIRROR_MAKER_CHECKPOINTS, MIRROR_MAKER_HEARTBEATS, MIRROR_MAKER_SEPARATOR)
          .within(MIRROR_MAKERS);
  static final LinkOption<DeliveryGuarantee> DELIVERY_GUARANTEE =
      LinkOption.of(
              "deliveryGuarantee",
              (DeliveryGuarantee) null,
              LinkSettings.Builder::guarantee,
              "the strongest that the sink supports",
              "`EXACTLY_ONCE` for sinks that can recover, like the Kafka sink, or `AT_LEAST_ONCE`")
          .key(
              Key.choice("delivery.guarantee", DeliveryGuarantee.values()),
              Replicator.Builder::deliveryGuarantee);
  static final LinkOption<Long> MAX_IN_FLIGHT_BYTES =
      LinkOption.of(
              "maxInFlightBytes",
              64L << 20,
              LinkSettings.Builder::maxInFlightBytes,
              "64 MiB",
              "the most bytes that may be read and not yet acknowledged, over all lanes; on the"
                  + " batch path it bounds [memory outside the heap](#two-data-paths)")
          .within(BYTES_IN_FLIGHT)
          .key(
              Key.number("max.in.flight.bytes", BYTES_IN_FLIGHT),
              Replicator.Builder::maxInFlightBytes);
  static final LinkOption<Integer> LANES =
      LinkOption.of(
              "lanes",
              1,
              LinkSettings.Builder::lanes,
              "1",
              "number of reader threads and of writer threads")
          .within(LANE_COUNTS)
          .key(Key.integer("lanes", LANE_COUNTS), Replicator.Builder::lanes);
  static final LinkOption<Duration> DISCOVERY_INTERVAL =
      LinkOption.of(
              "discoveryInterval",
              Duration.ofSeconds(30),
              LinkSettings.Builder::discoveryInterval,
              "30 s",
              "how often the link looks for new, deleted and recreated topics")
          .within(INTERVALS)
          .key(
              Key.millis("discovery.interval.ms", INTERVALS),
              Replicator.Builder::discoveryInterval);
  static final LinkOption<Duration> CLOSE_TIMEOUT =
      LinkOption.of(
              "closeTimeout",
              Duration.ofSeconds(30),
              LinkSettings.Builder::closeTimeout,
              "30 s",
              "how long `close()` may drain")
          .within(TIMEOUTS)
          .key(Key.millis("close.timeout.ms", TIMEOUTS), Replicator.Builder::closeTimeout);
  static final LinkOption<ProgressStore> PROGRESS_STORE =
      LinkOption.of(
          "progressStore",
          (ProgressStore) null,
          LinkSettings.Builder::progressStore,
          "Kafka sinks keep it in the target, in `twinlog.<link>.state`",
          "for other sinks: `FileProgressStore.at(directory)`, or your own");
  static final LinkOption<LinkMetrics> METRICS =
      LinkOption.of(
          "metrics",
          new LinkMetrics() {},
          LinkSettings.Builder::metrics,
          "none",
          "receives measurements, for example `TwinlogMeters`");
  static final LinkOption<ReplicationListener> ON_EVENT =
      LinkOption.of(
          "onEvent",
          new ReplicationListener() {},
          LinkSettings.Builder::listener,
          "none",
          "receives the link's events");
  static final LinkOption<Clock> CLOCK =
      LinkOption.of(
          "clock",
          Clock.systemUTC(),
          LinkSettings.Builder::clock,
          "the system's",
          "the link's wall clock");
  static final LinkOption<Boolean> ENABLED =
      LinkOption.of(
              "enabled",
              true,
              LinkSettings.Builder::enabled,
              "`true`",
              "`false` builds a replicator that does nothing")
          .keys(ENABLED_KEY);

  static final List<LinkOption<?>> ALL =
      List.of(
          LINK,
          SOURCE,
          SINK,
          LinkOption.ofPart(
              "TopicSelector",
              "required",
              "regular expressions that match whole names; `__*` and Twinlog's state topics are"
                  + " never copied",
              TOPICS,
              TOPICS_EXCLUDE),
          START_FROM,
          TOPIC_MAPPER,
          PARTITION_MAPPER,
          TRANSFORM,
          OFFSET_TRANSLATOR,
          TOPIC_SYNC,
          LinkOption.ofPart(
              "TopicSync…configs",
              "`true`, all, none, `false`, 5 min",
              "whether [the configs of target topics](#configs-of-target-topics) follow those of"
                  + " their source topics; which of them do, and which don't; whether what is set"
                  + " on the target only is removed; how often both are compared",
              SYNC_CONFIGS,
              SYNC_CONFIGS_INCLUDE,
              SYNC_CONFIGS_EXCLUDE,
              SYNC_CONFIGS_OVERWRITE,
              SYNC_CONFIGS_INTERVAL),
          LinkOption.ofPart(
              "TopicSync…onDelete",
              "`keep`",
              "`delete` deletes the copy of a source topic that was deleted, [with"
                  + " proof](#removals-at-the-source)",
              ON_DELETE),
          LinkOption.ofPart(
              "TopicSync…onRecreate",
              "`stop`",
              "`follow` copies a source topic that was deleted and created again from its"
                  + " beginning, after what the target has; `stop` waits for `acceptLoss`",
              ON_RECREATE),
          LinkOption.ofPart(
              "TopicSync…onGap",
              "`stop`",
              "`continue` leaves out offsets that the source removed before they were copied, and"
                  + " reports how many; `stop` waits for `acceptLoss`",
              ON_GAP),
          LinkOption.ofPart(
              "TopicSync…acls",
              "`off`, `HOLD_BACK`, `true`, 5 min",
              "whether [ACLs of the source](#acls) are kept in step in the target: `off`, `topics`"
                  + " or `topicsAndGroups`; whether those of operations that change a topic are"
                  + " among them (`COPY`); whether ACLs that the link has created are deleted"
                  + " again; how often both sides are compared",
              SYNC_ACLS,
              SYNC_ACLS_WRITES,
              SYNC_ACLS_DELETE,
              SYNC_ACLS_INTERVAL),
          LinkOption.ofPart(
              "TopicSync…trimming",
              "`false`",
              "`true` deletes records from the target [when the source has deleted"
                  + " them](#removals-at-the-source)",
              TRIM),
          GROUP_SYNC,
          MIRROR_MAKER_TOPICS,
          LinkOption.ofPart(
              "KafkaSource…path`, `KafkaSink…path",
              "`AUTO`",
              "[which data path](#two-data-paths): `AUTO`, `BATCHES` (an error where it is not"
                  + " possible), `RECORDS`",
              DATA_PATH),
          LinkOption.ofPart(
              "KafkaSink…recompress",
              "unchanged",
              "a codec, and optionally a level, with which every batch is compressed again, for"
                  + " links whose bytes cost more than CPU",
              RECOMPRESS,
              RECOMPRESS_LEVEL),
          LinkOption.ofPart(
              "KafkaSource…isolation", "`read_committed`", "or `read_uncommitted`", ISOLATION),
          LinkOption.ofPart(
              "KafkaSink…replicationFactor",
              "the source's, capped by the target's brokers",
              "of topics that are created",
              REPLICATION_FACTOR),
          DELIVERY_GUARANTEE,
          MAX_IN_FLIGHT_BYTES,
          LANES,
          DISCOVERY_INTERVAL,
          CLOSE_TIMEOUT,
          PROGRESS_STORE,
          METRICS,
          ON_EVENT,
          CLOCK,
          ENABLED);

  /** Every key of the link itself; the others below source and sink belong to Kafka's clients. */
  static final List<String> KEYS =
      ALL.stream().flatMap(option -> option.keys().stream()).map(Key::name).toList();

  private LinkOptions() {}

  /** Whether a topic's name may have, and begin with, this text. */
  static boolean isTopicName(String text) {
    return TOPIC_CHARACTERS.matcher(text).matches();
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
    return TOPIC_CHARACTERS.matcher(prefix).matches()
        ? Optional.of(TopicMapper.prefixed(prefix))
        : Optional.empty();
  }
}
