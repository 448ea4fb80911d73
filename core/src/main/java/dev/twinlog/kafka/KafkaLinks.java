package dev.twinlog.kafka;

import dev.twinlog.Divergence;
import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.Offsets;
import dev.twinlog.Replicator;
import dev.twinlog.ReverseOptions;
import dev.twinlog.ReverseReport;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.SwitchoverReport;
import dev.twinlog.VerifyOptions;
import dev.twinlog.VerifyReport;
import dev.twinlog.internal.engine.move.OfflineContext;
import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.state.LinkRebuild;
import dev.twinlog.internal.kafka.state.StoredLink;
import dev.twinlog.internal.kafka.state.TargetTailReader;
import dev.twinlog.internal.kafka.wire.BatchPath;
import dev.twinlog.internal.names.LinkName;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.offsets.TranslatedOffsets;
import dev.twinlog.internal.progress.ReverseEntries;
import dev.twinlog.internal.verify.CopiedLink;
import dev.twinlog.internal.verify.CopiedLink.CopiedPartition;
import dev.twinlog.internal.verify.Verification;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.OffsetTranslator;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.TopicDescription;
import dev.twinlog.spi.TopicMapper;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;

/**
 * Tools for operators that need no running link, for instance in a disaster.
 *
 * <p>Thread-safe; every method may block for as long as it takes to read a topic.
 */
public final class KafkaLinks {
  private KafkaLinks() {}

  /**
   * Reads the offset map of a link from its state topic in the target cluster. Needs neither the
   * source cluster nor the link, and does not disturb a running link. Translations are those of the
   * last progress that the link saved, about a second old if it runs; they need no further
   * connection. After the last records the target's logs are read, at most a thousand offsets of
   * each and for ten seconds: where only markers follow, positions there are the end of what was
   * copied, else they are pending. This needs READ on the target topics.
   *
   * @param target the cluster that the link writes
   * @param link the link's name
   * @throws ConfigurationException if the name or the cluster's properties are invalid
   * @throws dev.twinlog.spi.LinkFailedException if the link has no state there, or it is damaged or
   *     of an unknown version
   * @throws dev.twinlog.spi.RetriableException if the cluster can't be reached now
   */
  public static Offsets openOffsets(KafkaCluster target, String link) {
    try (LazyAdmin admin = connect(target, link)) {
      OffsetMaps maps =
          OffsetMaps.load(OffsetMaps.DEFAULT_BYTES, StoredLink.of(admin, link).chunks());
      takeEnds(maps, admin);
      return new TranslatedOffsets(OffsetTranslator.exact(), maps.history());
    }
  }

  /**
   * Reads the ends of the target's logs: a link that was killed may not have saved that only
   * markers follow its last records.
   */
  private static void takeEnds(OffsetMaps maps, LazyAdmin admin) {
    Map<Route, Long> reached = maps.reached();
    Map<TopicPartition, Long> from = new HashMap<>();
    reached.forEach((route, end) -> from.merge(route.target(), end, Math::max));
    Map<TopicPartition, Long> ends = TargetTailReader.endsWithoutRecords(admin, from);
    reached.forEach(
        (route, end) -> {
          Long found = ends.get(route.target());
          if (found != null && end.equals(from.get(route.target()))) {
            maps.targetEnd(route, found);
          }
        });
  }

  /**
   * Compares a link's copy with its source, partition by partition: every record that was copied,
   * its place, key, value, headers and timestamp. Reads the link's state, and the logs of both
   * clusters along its offset map; neither runs the link nor takes it over, and may be called while
   * it runs. What was copied when this is called is compared, and what both clusters still have of
   * it. What can't be compared is as for {@link dev.twinlog.Replicator#verify}; of a link that
   * copies uncommitted records use that one.
   *
   * <p>Blocks until everything was read; see {@link VerifyOptions} for a sample, a rate, and the
   * memory. Interrupt the thread to end it.
   *
   * <p>Needs READ and DESCRIBE on the topics of both sides and on {@code twinlog.<link>.state} and
   * {@code twinlog.<link>.registry}; DESCRIBE_CONFIGS on the topics, to know which are compacted.
   *
   * @param source the cluster that the link reads
   * @param target the cluster that the link writes
   * @param link the link's name
   * @param options what to compare
   * @throws ConfigurationException if the name or a cluster's properties are invalid, or the link
   *     copies none of the selected topics
   * @throws dev.twinlog.spi.LinkFailedException if the link has no state there, it is damaged or of
   *     an unknown version, or a permission is missing
   * @throws dev.twinlog.spi.RetriableException if a cluster can't be reached now
   * @throws dev.twinlog.spi.ReplicationException if the thread is interrupted
   */
  public static VerifyReport verify(
      KafkaCluster source, KafkaCluster target, String link, VerifyOptions options) {
    Objects.requireNonNull(options, "options");
    List<String> problems = new ArrayList<>(problems(link));
    ClientSettings from = settings(source, "source", problems);
    ClientSettings to = settings(target, "target", problems);
    PathChoice path = PathChoice.ofSource(DataPath.AUTO, Isolation.READ_COMMITTED);
    path.problem().ifPresent(problems::add);
    if (!problems.isEmpty()) {
      throw new ConfigurationException("the verification of link " + link, problems);
    }
    try (LazyAdmin admin = new LazyAdmin(to)) {
      return new Verification(
              topics -> new KafkaLogs(from, topics, Isolation.READ_COMMITTED, path.path()),
              topics -> new KafkaLogs(to, topics, Isolation.READ_COMMITTED, path.path()),
              () -> copied(admin, link),
              options)
          .run();
    }
  }

  private static CopiedLink copied(LazyAdmin target, String link) {
    StoredLink stored = StoredLink.of(target, link);
    Map<TopicPartition, CopiedPartition> partitions = new HashMap<>();
    stored
        .progress()
        .forEach(one -> partitions.put(one.source().partition(), CopiedPartition.of(one)));
    return new CopiedLink(
        link,
        OffsetMaps.load(OffsetMaps.DEFAULT_BYTES, stored.chunks()).copied(),
        partitions,
        ReverseEntries.others(stored.entries()));
  }

  /**
   * Rebuilds the lost state of a link, progress and offset map, from the records in the two
   * clusters: for when the topic {@code twinlog.<link>.state} was deleted or can't be read any
   * more. Without it the link's partitions stop, since they would copy everything twice. The link
   * must be stopped, and stay so until this returns.
   *
   * <p>Reads both logs of every partition from their beginning and compares the records. Records of
   * other producers in the target are skipped. Nothing is saved unless every partition matches. A
   * partition without records in the target is left out; the link starts it as a new one.
   *
   * <p>For links without a transform whose partitions keep their numbers, and whose target keeps
   * timestamps as they are. A record that the target has compacted away, or lost, is missing
   * between two others: that is a mismatch. So is one that was left out by {@link Replicator#skip}:
   * that was known to the lost state only.
   *
   * @param link the link's name
   * @param source the source of the link, with the same topics and isolation
   * @param sink the sink of the link
   * @param topics the link's topic mapper
   * @return the rebuilt partitions, by source partition
   * @throws ConfigurationException if the name is invalid
   * @throws dev.twinlog.spi.LinkFailedException if the link still has its progress, or the two logs
   *     of a partition don't match; the message says where
   * @throws dev.twinlog.spi.RetriableException if a cluster can't be reached now
   */
  public static Map<TopicPartition, RebuiltPartition> rebuild(
      String link, KafkaSource source, KafkaSink sink, TopicMapper topics) {
    List<String> problems = problems(link);
    if (!problems.isEmpty()) {
      throw new ConfigurationException("the state of link " + link, problems);
    }
    Map<SourcePartition, Route> routes = routes(source, sink, topics);
    LinkRebuild rebuild =
        new LinkRebuild(
            source.admin(),
            source.isolation().configValue(),
            sink.admin(),
            new OfflineContext(link));
    Map<TopicPartition, RebuiltPartition> rebuilt = new LinkedHashMap<>();
    rebuild
        .run(routes)
        .forEach((route, match) -> rebuilt.put(route.source(), new RebuiltPartition(route, match)));
    return Collections.unmodifiableMap(rebuilt);
  }

  /**
   * Lists the links that write into a cluster, by name. Reads the state of each.
   *
   * @param target the cluster that they write
   * @throws ConfigurationException if the cluster's properties are invalid
   * @throws dev.twinlog.spi.LinkFailedException if the state of one is damaged, of an unknown
   *     version, or may not be read
   * @throws dev.twinlog.spi.RetriableException if the cluster can't be reached now
   */
  public static List<LinkSummary> list(KafkaCluster target) {
    return MoveTool.list(Objects.requireNonNull(target, "target"));
  }

  /**
   * Moves a link to its target for good, from any process, also one that has never run it: as
   * {@link dev.twinlog.Replicator#failover(FailoverOptions)}, by what the link has saved in the
   * target. Asks nothing of the source. An instance of the link that still runs is fenced: the
   * target refuses what it sends, and it becomes {@code FENCED}.
   *
   * <p>Run it in the target's region. If it fails or is killed, call it again, from anywhere. It
   * needs the rights of the link in the target.
   *
   * @param target the cluster that the link writes
   * @param link the link's name
   * @return what was done, what may be lost, and what is left to do
   * @throws ConfigurationException if the name or the cluster's properties are invalid
   * @throws dev.twinlog.spi.LinkFailedException if no such link writes there, or its state is
   *     damaged or of a newer version; nothing was changed
   * @throws dev.twinlog.spi.RetriableException if the cluster can't be reached now
   */
  public static FailoverReport failover(KafkaCluster target, String link, FailoverOptions options) {
    Objects.requireNonNull(options, "options");
    checked(target, link, "the failover of link " + link);
    return new MoveTool(target, link).failover(options);
  }

  /**
   * Moves a link to its target for good, without losing anything, from a process that does not run
   * it: as {@link Replicator#switchover(SwitchoverOptions)} of a replicator that was not started.
   * If nothing speaks against it, the link is taken over from the instance that runs it, which
   * becomes {@code FENCED}, and runs here until it is moved. If it is taken back, the link runs
   * nowhere until it is started again.
   *
   * @param link the link, as the service that runs it describes it: with the same name, topics,
   *     mappers and transform
   * @return what was done, or why not, and what is left to do
   * @throws ConfigurationException if the description is invalid
   * @throws dev.twinlog.MoveTakenOverException if a failover, or another instance of the link, has
   *     taken it over
   * @throws dev.twinlog.spi.LinkFailedException if the link has no state in its target, or it is
   *     damaged or of a newer version; nothing was changed
   * @throws dev.twinlog.spi.RetriableException if a cluster can't be reached now
   */
  public static SwitchoverReport switchover(Replicator.Builder link, SwitchoverOptions options) {
    Objects.requireNonNull(options, "options");
    try (Replicator replicator = link.build()) {
      return replicator.switchover(options);
    }
  }

  /**
   * Lets a moved link copy again, from where it has ended, when it is started next: for a move that
   * was a mistake. What applications have written to the target since then stays there, before what
   * is copied next.
   *
   * @param target the cluster that the link writes
   * @param link the link's name
   * @throws ConfigurationException if the name or the cluster's properties are invalid
   * @throws dev.twinlog.spi.LinkFailedException if no such link writes there, or it was not moved
   * @throws dev.twinlog.spi.RetriableException if the cluster can't be reached now
   */
  public static void reopen(KafkaCluster target, String link) {
    checked(target, link, "reopening link " + link);
    new MoveTool(target, link).reopen();
  }

  /**
   * Finds what the source of a moved link has that was never copied, as {@link
   * dev.twinlog.Replicator#divergence} does, from any process. Changes nothing.
   *
   * <p>Needs READ and DESCRIBE on the link's topics on both sides and on {@code
   * twinlog.<link>.state} and {@code twinlog.<link>.registry}, and READ on Group in the source.
   *
   * @param source the cluster that the link has read, the old primary
   * @param target the cluster that the link has written
   * @param link the name of the moved link
   * @throws ConfigurationException if the name or a cluster's properties are invalid
   * @throws dev.twinlog.spi.LinkFailedException if no such link writes there, it was not moved, or
   *     it has read another cluster than this source
   * @throws dev.twinlog.spi.RetriableException if a cluster can't be reached now
   */
  public static Divergence divergence(KafkaCluster source, KafkaCluster target, String link) {
    checked(source, target, link);
    try (ReverseTool tool = new ReverseTool(source, target, link)) {
      return tool.divergence();
    }
  }

  /**
   * Says whether a moved link can be reversed, and what that would do; changes nothing. Of a link
   * that was reversed, the report of that.
   *
   * @param source the cluster that the link has read, the old primary
   * @param target the cluster that the link has written
   * @param link the name of the moved link
   * @return with all reasons why it can't, if so
   * @throws ConfigurationException if the name or a cluster's properties are invalid
   * @throws dev.twinlog.spi.LinkFailedException if no such link writes there, or its state is
   *     damaged or of a newer version
   * @throws dev.twinlog.spi.RetriableException if a cluster can't be reached now
   */
  public static ReverseReport reversal(
      KafkaCluster source, KafkaCluster target, String link, ReverseOptions options) {
    Objects.requireNonNull(options, "options");
    checked(source, target, link);
    try (ReverseTool tool = new ReverseTool(source, target, link)) {
      return tool.reversal(options);
    }
  }

  /**
   * Turns a moved link round, from any process: as {@link dev.twinlog.Replicator#reverse}, between
   * the given clusters. What was done is saved; if it fails or is killed, call it again, from
   * anywhere. {@link #reversal} returns the report afterwards.
   *
   * <p>It needs the rights of a link in both clusters.
   *
   * @param source the cluster that the link has read, the old primary, into which the reverse link
   *     writes
   * @param target the cluster that the link has written, which the reverse link reads
   * @param link the name of the moved link
   * @return describes the reverse link, ready to be built: it reads the topics of the moved link,
   *     by name, with default settings
   * @throws ConfigurationException if the name or a cluster's properties are invalid
   * @throws IllegalArgumentException if the options ask for a dry run
   * @throws dev.twinlog.spi.LinkFailedException if no such link writes there
   * @throws dev.twinlog.spi.RetriableException if it was not finished
   * @throws dev.twinlog.spi.ReplicationException if it is refused, with all reasons; nothing was
   *     changed
   */
  public static Replicator.Builder reverse(
      KafkaCluster source, KafkaCluster target, String link, ReverseOptions options) {
    Objects.requireNonNull(options, "options");
    checked(source, target, link);
    try (ReverseTool tool = new ReverseTool(source, target, link)) {
      return tool.reverse(options);
    }
  }

  private static void checked(KafkaCluster source, KafkaCluster target, String link) {
    List<String> problems = new ArrayList<>(problems(link));
    settings(source, "source", problems);
    settings(target, "target", problems);
    if (!problems.isEmpty()) {
      throw new ConfigurationException("the reversal of link " + link, problems);
    }
  }

  /** Every source partition whose target partition exists. */
  private static Map<SourcePartition, Route> routes(
      KafkaSource source, KafkaSink sink, TopicMapper topics) {
    List<SourcePartition> partitions = source.partitions();
    Set<String> targets = new TreeSet<>();
    partitions.forEach(one -> targets.add(topics.targetTopic(one.partition().topic())));
    Map<String, TopicDescription> there = sink.describeTopics(targets);
    Map<SourcePartition, Route> routes = new LinkedHashMap<>();
    for (SourcePartition one : partitions) {
      TopicPartition from = one.partition();
      TopicDescription topic = there.get(topics.targetTopic(from.topic()));
      if (topic != null && from.partition() < topic.partitions()) {
        routes.put(one, new Route(from, new TopicPartition(topic.name(), from.partition())));
      }
    }
    return routes;
  }

  private static List<String> problems(String link) {
    return LinkName.isValid(Objects.requireNonNull(link, "link"))
        ? List.of()
        : List.of("link was '%s' but must be %s".formatted(link, LinkName.ALLOWED));
  }

  private static LazyAdmin connect(KafkaCluster cluster, String link) {
    return new LazyAdmin(checked(cluster, link, "the offsets of link " + link));
  }

  private static ClientSettings checked(KafkaCluster cluster, String link, String what) {
    List<String> problems = new ArrayList<>(problems(link));
    ClientSettings settings = settings(cluster, "target", problems);
    if (!problems.isEmpty()) {
      throw new ConfigurationException(what, problems);
    }
    return settings;
  }

  private static ClientSettings settings(KafkaCluster cluster, String side, List<String> problems) {
    Objects.requireNonNull(cluster, side);
    ClientSettings settings =
        ClientSettings.of(
                cluster.alias(), cluster.bootstrapServers(), cluster.properties(), Map.of())
            .withAdvertised(BatchPath::advertised);
    problems.addAll(settings.problems(false));
    return settings;
  }
}
