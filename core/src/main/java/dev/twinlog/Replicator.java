package dev.twinlog;

import dev.twinlog.internal.link.DefaultBuilder;
import dev.twinlog.internal.link.PropertiesLink;
import dev.twinlog.internal.link.StatusAccess;
import dev.twinlog.kafka.TopicSelector;
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
import java.util.Collection;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.TopicPartition;

/**
 * Runs one link: a live copy of the topics of a source in a sink.
 *
 * <pre>{@code
 * try (Replicator replicator = Replicator.builder()
 *         .link("us-east-to-eu-west")
 *         .source(KafkaSource.from(usEast).topics(TopicSelector.matching("orders.*")).build())
 *         .sink(KafkaSink.to(euWest).build())
 *         .build()) {
 *     replicator.start();
 *     replicator.awaitCaughtUp(Duration.ofMinutes(5));
 * }
 * }</pre>
 *
 * <p>Thread-safe. Starts once: a closed replicator can't be started again, build a new one. At most
 * one instance of a link copies at a time; starting a second one ends the first as {@link
 * LinkState#FENCED}. Users don't implement this interface; methods may be added.
 */
public interface Replicator extends AutoCloseable {

  /** Describes a link; {@code link}, {@code source} and {@code sink} are required. */
  static Builder builder() {
    return emptyBuilder();
  }

  private static DefaultBuilder emptyBuilder() {
    return new DefaultBuilder(
        new StatusAccess(
            PartitionStatus::new,
            GroupStatus::new,
            SyncChange::new,
            SyncPlan::new,
            ReplicatorStatus::new));
  }

  /**
   * Describes a link between two Kafka clusters by properties, to be built as it is or refined. The
   * keys:
   *
   * <ul>
   *   <li>{@code replicator.link}: the link's name, 1 to 64 of {@code A-Z a-z 0-9 _ -}; the same at
   *       every start. Required.
   *   <li>{@code replicator.start.from}: where to begin without progress: {@code earliest}, {@code
   *       latest} or an instant as {@code 2026-01-31T12:00:00Z}; topics that appear later are
   *       copied from their beginning unless it is an instant. Default {@code earliest}.
   *   <li>{@code replicator.topic.prefix}: names target topics; the property is a prefix of their
   *       names. Default the same name.
   *   <li>{@code replicator.partition.mapper}: chooses target partitions: {@code identity}, {@code
   *       modulo} or {@code keyHash}. Default {@code identity}.
   *   <li>{@code replicator.create.topics}: whether missing target topics are created. Default
   *       {@code true}. See {@link TopicSync#creating}.
   *   <li>{@code replicator.grow.partitions}: whether partitions are added to target topics that
   *       have too few. Default {@code true}. See {@link TopicSync#growing}.
   *   <li>{@code replicator.share.targets}: whether the link may copy to a topic to which another
   *       link copies the same topic already. Default {@code false}. See {@link TopicSync#sharing}.
   *   <li>{@code replicator.on.delete}: {@code delete} deletes the copy of a source topic that was
   *       deleted, with proof. Default {@code keep}. See {@link TopicSync#onDelete}.
   *   <li>{@code replicator.on.recreate}: {@code follow} copies a source topic that was deleted and
   *       created again from its beginning, after what the target has; {@code stop} waits for
   *       {@code acceptLoss}. Default {@code stop}. See {@link TopicSync#onRecreate}.
   *   <li>{@code replicator.on.gap}: {@code continue} leaves out offsets that the source removed
   *       before they were copied, and reports how many; {@code stop} waits for {@code acceptLoss}.
   *       Default {@code stop}. See {@link TopicSync#onGap}.
   *   <li>{@code replicator.trim}: {@code true} deletes records from the target when the source has
   *       deleted them. Default {@code false}. See {@link TopicSync#trimming}.
   *   <li>{@code replicator.sync.configs}: whether the configs of target topics follow those of
   *       their source topics; {@code false} is {@code ConfigSync.off()}. Default {@code true}. See
   *       {@link TopicSync#configs}.
   *   <li>{@code replicator.sync.configs.include}: which configs follow: regular expressions that
   *       match whole names, separated by commas. Default all. See {@link ConfigSync#including}.
   *   <li>{@code replicator.sync.configs.exclude}: which configs don't follow. Default none. See
   *       {@link ConfigSync#excluding}.
   *   <li>{@code replicator.sync.configs.overwrite}: whether configs that are set on the target
   *       topic only are removed. Default {@code false}. See {@link ConfigSync#overwriting}.
   *   <li>{@code replicator.sync.configs.interval.ms}: how often the configs of both sides are
   *       compared. Default 5 min. See {@link ConfigSync#interval}.
   *   <li>{@code replicator.sync.acls}: which ACLs of the source are kept in step in the target:
   *       {@code off}, {@code topics} or {@code topicsAndGroups}. Default {@code off}. See {@link
   *       TopicSync#acls}.
   *   <li>{@code replicator.sync.acls.writes}: whether ACLs of operations that change a topic are
   *       created: {@code hold_back} or {@code copy}. Default {@code hold_back}. See {@link
   *       AclSync#writes}.
   *   <li>{@code replicator.sync.acls.delete}: whether ACLs that the link has created are deleted
   *       again. Default {@code true}. See {@link AclSync#deleting}.
   *   <li>{@code replicator.sync.acls.interval.ms}: how often the ACLs of both sides are compared.
   *       Default 5 min. See {@link AclSync#interval}.
   *   <li>{@code replicator.sync.groups}: whether consumer groups are kept in step; {@code false}
   *       is {@code GroupSync.off()}. Default {@code true}. See {@link GroupSync#off}.
   *   <li>{@code replicator.groups}: which consumer groups: regular expressions that match whole
   *       ids, separated by commas. Default {@code .*}. See {@link GroupSync#matching}.
   *   <li>{@code replicator.groups.exclude}: which consumer groups are not kept in step. Default
   *       none. See {@link GroupSync#excluding}.
   *   <li>{@code replicator.groups.interval.ms}: how often the positions of groups are compared.
   *       Default 5 s. See {@link GroupSync#interval}.
   *   <li>{@code replicator.delete.groups}: whether groups that are deleted in the source are
   *       deleted in the target. Default {@code false}. See {@link GroupSync#deleting}.
   *   <li>{@code replicator.sync.share.groups}: whether share groups are kept in step as well,
   *       where both sides have them. Default {@code true}. See {@link GroupSync#shareGroups}.
   *   <li>{@code replicator.groups.local.commits}: whether positions in the target that others
   *       wrote are kept, or overwritten: {@code overwrite}. Default {@code keep}. See {@link
   *       GroupSync#localCommits}.
   *   <li>{@code replicator.mirrormaker.checkpoints}: whether the link writes {@code
   *       <alias>.checkpoints.internal}: the positions of groups. Default {@code false}. See {@link
   *       MirrorMakerTopics#checkpoints}.
   *   <li>{@code replicator.mirrormaker.heartbeats}: whether the link writes {@code
   *       <alias>.heartbeats}: that it runs. Default {@code false}. See {@link
   *       MirrorMakerTopics#heartbeats}.
   *   <li>{@code replicator.mirrormaker.separator}: what is between the parts of these names:
   *       MirrorMaker's {@code replication.policy.separator}. Default {@code .}. See {@link
   *       MirrorMakerTopics#separator}.
   *   <li>{@code replicator.dead.letters.topic}: an existing topic of the target cluster; without
   *       it a partition stops at a record that is refused. Default none. See {@link
   *       DeadLetters#to}.
   *   <li>{@code replicator.dead.letters.limit.per.hour}: how many dead letters a partition may
   *       have within an hour; the next one stops it. Default 100. See {@link
   *       DeadLetters#limitPerHour}.
   *   <li>{@code replicator.verify.pass.ms}: how long a pass over all partitions takes, after which
   *       the next one begins: a second to 365 days. Default not verified.
   *   <li>{@code replicator.verify.sample}: which part of each log a pass compares; each pass
   *       chooses another. Default 1, everything.
   *   <li>{@code replicator.verify.last.ms}: compares only records of the last so many
   *       milliseconds. Default everything.
   *   <li>{@code replicator.verify.max.bytes.per.second}: the most bytes a second that are read of
   *       both clusters, even if a pass takes longer then. Default no limit.
   *   <li>{@code replicator.verify.max.memory.bytes}: the most memory for records of both clusters,
   *       at least 8 MiB. Default 64 MiB.
   *   <li>{@code replicator.delivery.guarantee}: {@code EXACTLY_ONCE} for sinks that can recover,
   *       like the Kafka sink, or {@code AT_LEAST_ONCE}. Default the strongest that the sink
   *       supports.
   *   <li>{@code replicator.max.in.flight.bytes}: the most bytes that may be read and not yet
   *       acknowledged, over all lanes; on the batch path it bounds memory outside the heap.
   *       Default 64 MiB.
   *   <li>{@code replicator.lanes}: number of reader threads and of writer threads, at most 64,
   *       which {@code replicator.lanes(...)} changes while the link runs. Default 1.
   *   <li>{@code replicator.throttle.bytes.per.second}: the most bytes a second that are read of
   *       the source, over all lanes, after a burst of at most one second's. Default no limit. See
   *       {@link Throttle#bytesPerSecond}.
   *   <li>{@code replicator.throttle.catch.up.only}: whether only partitions that catch up are
   *       limited. Default {@code false}. See {@link Throttle#catchUpOnly}.
   *   <li>{@code replicator.discovery.interval.ms}: how often the link looks for new, deleted and
   *       recreated topics. Default 30 s.
   *   <li>{@code replicator.close.timeout.ms}: how long {@code close()} may wait for writes in
   *       flight. Default 30 s.
   *   <li>{@code replicator.enabled}: {@code false} builds a replicator that does nothing. Default
   *       {@code true}.
   *   <li>{@code replicator.source.bootstrap.servers}: the cluster to read: {@code host:port},
   *       several separated by commas. Required.
   *   <li>{@code replicator.source.alias}: the source's name in messages and metrics. Default
   *       {@code source}.
   *   <li>{@code replicator.topics}: the topics to copy: regular expressions that match whole
   *       names, separated by commas; {@code __*} and Twinlog's state topics are never copied.
   *       Required.
   *   <li>{@code replicator.topics.exclude}: the topics not to copy. Default none.
   *   <li>{@code replicator.isolation}: which records are copied: {@code read_committed} or {@code
   *       read_uncommitted}. Default {@code read_committed}.
   *   <li>{@code replicator.bootstrap.servers}: the cluster to write to. Required.
   *   <li>{@code replicator.sink.bootstrap.servers}: the same as {@code
   *       replicator.bootstrap.servers}: give one of them. Default none.
   *   <li>{@code replicator.sink.alias}: the sink's name in messages and metrics. Default {@code
   *       sink}.
   *   <li>{@code replicator.replication.factor}: the replication factor of topics that are created.
   *       Default the source's, capped by the target's brokers.
   *   <li>{@code replicator.recompress}: a codec with which every batch is compressed again, for
   *       links whose bytes cost more than CPU. Default unchanged.
   *   <li>{@code replicator.recompress.level}: the level of that codec. Default the codec's.
   *   <li>{@code replicator.data.path}: which data path, of both sides: {@code auto}, {@code
   *       batches} (an error where it is not possible) or {@code records}. Default {@code auto}.
   * </ul>
   *
   * <p>Every other {@code replicator.source.*} and {@code replicator.sink.*} is a property of the
   * Kafka clients on that side. Keys that don't begin with {@code replicator.} are ignored.
   *
   * @throws dev.twinlog.spi.ConfigurationException lists every key that is unknown (with the
   *     nearest known one), missing or has an unusable value
   */
  static Builder fromProperties(Properties properties) {
    return PropertiesLink.describe(properties, emptyBuilder());
  }

  /**
   * Starts copying, and returns when the first attempt to connect has completed or 12 seconds have
   * passed; if it failed, {@link ReplicatorStatus#lastError} says why. While a cluster can't be
   * reached the state is {@link LinkState#CONNECTING}, and the link keeps retrying.
   *
   * @throws IllegalStateException if it was started or closed before, or if its source, sink or
   *     progress store is in use by a link that runs: one object serves one link at a time
   * @throws dev.twinlog.spi.LinkFailedException for failures that can't be retried: refused
   *     credentials, a missing permission, a loop, a name that belongs to another link
   */
  void start();

  /** A snapshot of the link's status, from any thread, without I/O. */
  ReplicatorStatus status();

  /**
   * Waits until everything that is at the source at this moment is in the target. Requests the ends
   * from the source; also waits for partitions whose end is unknown, and for topics that were
   * selected by name and do not exist. After {@code true}, {@link #status()} is at least as new as
   * these ends.
   *
   * @param timeout how long to wait at most
   * @return false if the timeout passed first; true at once for a disabled link
   * @throws InterruptedException if the thread is interrupted while it waits
   * @throws IllegalStateException if the link was not started, or is closed before that
   * @throws dev.twinlog.spi.ReplicationException if a partition is {@link PartitionState#STOPPED},
   *     or the link has failed
   */
  boolean awaitCaughtUp(Duration timeout) throws InterruptedException;

  /**
   * Finds what the syncs of the link would change in the target if they ran now. Asks both
   * clusters, and changes nothing.
   *
   * <p>Of a replicator that was not started it says so without running the link, which may run
   * elsewhere meanwhile: by what that has saved, with a note of what only the link that runs knows.
   *
   * @throws IllegalStateException if the link was started and isn't connected to both clusters, or
   *     is closed, or is called by one of its own threads
   * @throws dev.twinlog.spi.ReplicationException if one of the clusters can't be reached now, or
   *     the thread is interrupted while it waits. What else can't be asked is a note of the plan
   */
  SyncPlan plan();

  /**
   * Compares the copy with its source, partition by partition: every record that was copied when
   * this is called, as far as both clusters still have it, by its place, key, value, headers and
   * timestamp. Reads both logs along the offset map in the calling thread, with connections of its
   * own, while the link goes on copying. {@link dev.twinlog.kafka.KafkaLinks#verify} does the same
   * in a process that does not run the link.
   *
   * <p>Records of others in the target are counted. Not compared, and {@link Verdict#INCONCLUSIVE}
   * with the reason, are partitions with a transform or with a mapper that spreads their records by
   * key, and offsets that the offset map does not have.
   *
   * @param options what to compare, and what it may take
   * @throws IllegalStateException if the link isn't connected to both clusters, or is called by one
   *     of its own threads
   * @throws dev.twinlog.spi.ConfigurationException if the link copies none of the selected topics,
   *     its source or sink is not a Kafka cluster, or the options are {@link
   *     VerifyOptions#continuous}: those are for {@link Builder#verifying}
   * @throws dev.twinlog.spi.ReplicationException if one of the clusters can't be reached now, or
   *     the thread is interrupted
   */
  VerifyReport verify(VerifyOptions options);

  /**
   * Runs discovery and all syncs now, without waiting for their intervals, and returns when they
   * are done.
   *
   * @throws IllegalStateException if the link isn't connected to both clusters, or is called by one
   *     of its own threads
   * @throws dev.twinlog.spi.ReplicationException if one of the clusters can't be reached now; if
   *     one of the syncs failed, which is tried again later, while the others have run; or if the
   *     thread is interrupted while it waits
   */
  void syncNow();

  /**
   * Gives a group that was used in the target back to the link: its positions there are replaced by
   * those of the source, and follow them from then on. It ends {@link GroupState#LOCAL} of one
   * group; {@link LocalCommits#OVERWRITE} does it for all. Runs all syncs, as {@link #syncNow}
   * does, and returns when they are done.
   *
   * @param group the group's id
   * @throws IllegalArgumentException if it is not in {@link #groups()}
   * @throws IllegalStateException if it could not be written, since it has members in the target
   *     for instance: the message says why, and it stays as it is; or if the link isn't connected
   *     to both clusters, or is called by one of its own threads
   * @throws dev.twinlog.spi.ReplicationException as {@link #syncNow}
   */
  void adoptGroup(String group);

  /**
   * Moves the link to its target for good, as {@link #failover(FailoverOptions)} with defaults
   * does.
   */
  default FailoverReport failover() {
    return failover(FailoverOptions.defaults());
  }

  /**
   * Moves the link to its target for good: for the day on which the source is lost. Nothing is
   * asked of the source. Ends copying, makes the target refuse everything that an instance of the
   * link may still send, saves where the copy of every partition ends, and writes the positions of
   * consumer groups by all that was copied. Then clients may use the target, and the link is {@link
   * LinkState#MOVED}: it doesn't copy any more, also after a restart of the service.
   *
   * <p>Blocks. What was done is saved step by step: after a crash, another call finishes the move,
   * in this process or by {@link dev.twinlog.kafka.KafkaLinks#failover}; if it is finished already,
   * that returns the same report, {@link MoveReport#repeated()}. In any state of the link but
   * {@link LinkState#DISABLED}, started or not.
   *
   * @return what was done, what may be lost, and what is left to do; it is incomplete if the
   *     options' deadline was not enough
   * @throws IllegalStateException if the link is disabled, or a thread of the link calls this
   * @throws dev.twinlog.spi.ReplicationException if nothing could be done: the target can't be
   *     reached, or the link's sink or progress store can't do it, as those of {@link
   *     dev.twinlog.kafka.KafkaSink} can; the link is closed then all the same
   */
  FailoverReport failover(FailoverOptions options);

  /**
   * Moves the link to its target, as {@link #switchover(SwitchoverOptions)} with defaults and this
   * timeout does.
   */
  default SwitchoverReport switchover(Duration timeout) {
    return switchover(SwitchoverOptions.defaults().timeout(timeout));
  }

  /**
   * Moves the link to its target for good, without losing anything: for a planned move, while both
   * clusters answer. Stop the producers of the source first, or let the link fence them by {@link
   * SwitchoverOptions#fenceWriters}. All checks are made first and at once, and if one fails
   * nothing is changed: the report is {@code REFUSED}, with every reason. Then the link waits until
   * the source is quiet, copies what is left, ends copying, writes the positions of consumer
   * groups, and looks at the source again: if something was written meanwhile it copies that, too.
   * Then the link is {@link LinkState#MOVED}, the write permissions that {@link AclSync} has held
   * back are created in the target, and clients may use it. With {@link SwitchoverOptions#topics}
   * only these topics are moved, and the link copies the others on.
   *
   * <p>If it can't be finished within the timeout, for whatever reason, or if the thread is
   * interrupted or the link closed, all of it is taken back, and the link copies on: the report is
   * {@code ABORTED}, with the reason. If the process dies, the next start of the link takes it
   * back.
   *
   * <p>Blocks; {@link ReplicatorStatus#move()} shows how far it is. Meanwhile the link can't be
   * paused or resumed. A replicator that was not started is started for this, so that another
   * instance of the link is fenced if nothing speaks against the move, and is closed afterwards.
   *
   * @return what was done, or why not, and what is left to do
   * @throws MoveTakenOverException if a failover, or another instance of the link, has taken it
   *     over
   * @throws IllegalStateException if the link is disabled, or has ended without being moved, or a
   *     thread of the link calls this
   * @throws dev.twinlog.spi.ReplicationException if what is stored of the link can't be read, or
   *     its sink or progress store can't do it, as those of {@link dev.twinlog.kafka.KafkaSink} can
   */
  SwitchoverReport switchover(SwitchoverOptions options);

  /**
   * Finds what the source of this link has that never was copied, after the link was moved and its
   * source is there again: reads both clusters behind the last saved progress, and changes nothing.
   * In any state of the link.
   *
   * @throws dev.twinlog.spi.ConfigurationException if it is not a link from a KafkaSource to a
   *     KafkaSink that keeps its progress itself
   * @throws dev.twinlog.spi.ReplicationException if the link was not moved, or a cluster can't be
   *     reached
   */
  Divergence divergence();

  /**
   * Says whether this link can be {@linkplain #reverse reversed}, and what that would do: reads
   * both clusters, and changes nothing. Of a link that was reversed, the report of that.
   *
   * @return with all reasons why it can't, if so
   * @throws dev.twinlog.spi.ConfigurationException as {@link #divergence}
   * @throws dev.twinlog.spi.ReplicationException if there is no such link in the target, or a
   *     cluster can't be reached
   */
  ReverseReport reversal(ReverseOptions options);

  /**
   * Turns this link round, after it was moved and its source is there again: prepares the link in
   * the other direction, from what was its target to what was its source, so that it continues
   * where the histories of the two clusters part. Nothing is copied again: what was copied before
   * is in both clusters, and its offsets are translated as before, the other way round. The
   * positions that consumer groups have in the old source now are replaced by those of its target
   * while the reverse link runs.
   *
   * <p>To go back for good, move the reverse link, and reverse it: that prepares the first one
   * again.
   *
   * <p>Blocks. What was done is saved step by step: after a crash, another call finishes it, in
   * this process or by {@link dev.twinlog.kafka.KafkaLinks#reverse}; of a link that was reversed
   * already it returns the same. {@link #reversal} returns the report.
   *
   * @return describes the reverse link, ready to be built: between the two clusters, with the
   *     topics, the group sync, and the sizes and intervals of this one; other settings are
   *     defaults
   * @throws IllegalArgumentException if the options ask for a dry run
   * @throws dev.twinlog.spi.ConfigurationException as {@link #divergence}
   * @throws dev.twinlog.spi.RetriableException if it was not finished: call it again
   * @throws dev.twinlog.spi.ReplicationException if it is refused, with all reasons; nothing was
   *     changed
   */
  Builder reverse(ReverseOptions options);

  /**
   * Pauses all partitions once what is in flight has been written. A pause lasts until it is ended
   * or the replicator is closed: it is not saved, so that the next start of the link copies again.
   */
  void pause();

  /**
   * Ends {@link #pause()} and every other pause, of partitions and of topics, and retries stopped
   * partitions, except those that stopped for lost records: see {@link #acceptLoss}.
   *
   * @throws IllegalStateException if the link has ended; the message says why. A replicator starts
   *     once, build a new one
   */
  void resume();

  /**
   * Pauses these source partitions. Not saved either.
   *
   * @throws IllegalArgumentException names those that are not partitions of this link; which ones
   *     are is known once the link is connected
   */
  void pause(Collection<TopicPartition> source);

  /**
   * Ends the pause of these source partitions, and retries stopped ones. It never accepts a loss:
   * one that stopped for lost records stops again, with the same cause, until {@link #acceptLoss}
   * is called for it.
   *
   * @throws IllegalArgumentException names those that are not partitions of this link; nothing is
   *     resumed then
   * @throws IllegalStateException if the link has ended: build a new one
   */
  void resume(Collection<TopicPartition> source);

  /**
   * Pauses source topics by name: all their partitions, also those that they get later, once what
   * is in flight has been written. Not saved either; {@link ReplicatorStatus#pausedTopics()} shows
   * them. Before the start any name is accepted, so that nothing of such a topic is copied at all.
   * A single partition of a paused topic can be resumed by {@link #resume(Collection)}.
   *
   * @throws IllegalArgumentException names those that are not topics of this link; nothing is
   *     paused then. Which ones are is known once the link is connected
   * @throws IllegalStateException if the link has ended, or is being switched over
   */
  void pauseTopics(Collection<String> topics);

  /**
   * Ends the pause of these source topics, also of partitions that were paused one by one, and
   * retries their stopped partitions, as {@link #resume(Collection)} does.
   *
   * @throws IllegalArgumentException names those that are neither paused nor topics of this link;
   *     nothing is resumed then
   * @throws IllegalStateException if the link has ended, or is being switched over
   */
  void resumeTopics(Collection<String> topics);

  /**
   * Lets stopped source partitions continue although records are lost, or may be repeated. Their
   * {@link PartitionStatus#cause()} names the loss, with numbers. What continuing means:
   *
   * <ul>
   *   <li>retention removed records at the source before they were copied: copying continues after
   *       them, and the target never gets them;
   *   <li>the source was truncated: copying continues at the source's end; the target keeps records
   *       that the source no longer has;
   *   <li>the topic was deleted and created again: the new one is copied from its beginning, after
   *       the records of the former one;
   *   <li>the target lost records that it had acknowledged, or its topic was deleted: copying
   *       continues where it was, and the target stays without them;
   *   <li>the records in the target beyond the saved progress differ from those of the source:
   *       everything from the progress on is copied again, so that those records may be there
   *       twice.
   * </ul>
   *
   * <p>Each is reported to {@link ReplicationListener#lossAccepted} and listed in {@link
   * PartitionStatus#acceptedLosses()}. A loss that is found after this call stops the partition
   * again. A partition that is paused stays so.
   *
   * @throws IllegalArgumentException names those that are not partitions of this link
   * @throws IllegalStateException if one of them has no loss to accept, with its state; nothing is
   *     accepted then; or if the link has ended
   */
  void acceptLoss(Collection<TopicPartition> source);

  /**
   * Leaves one record of the source out of the copy: for a record that the target refuses for ever,
   * and that has stopped its partition. The {@link PartitionStatus#cause()} names its offset.
   *
   * <p>The partition stays as it is: {@link #resume(Collection)} lets it continue, behind all
   * records that were skipped until then. It does not continue before the skipped offset is stored
   * with its progress, and from then on no run of the link copies that record; it can't be taken
   * back. A position of a consumer group at a skipped offset is translated to the next copied
   * record. Each is reported to {@link ReplicationListener#recordSkipped}, logged as a warning,
   * listed in {@link PartitionStatus#skippedOffsets()}, and counted and named by {@link #verify},
   * for which it is not missing. Of a batch that can't be decoded each offset has to be skipped. If
   * the source loses the record, as after an unclean election, the one that it gets at that offset
   * is another one and is copied, see {@link ReplicationListener#skippedRecordReplaced}.
   *
   * <p>Never waits; from any thread. An offset that was skipped before stays so, also if the source
   * has another record there by now. If the partition is resumed before the link has taken this
   * call, nothing is skipped, and {@link ReplicatorStatus#lastError} says so.
   *
   * @param source the partition
   * @param offset the record's offset in the source
   * @throws IllegalArgumentException if it is not a partition of this link; if the record was
   *     copied already: then the message says where it is; or if the source ends before it
   * @throws IllegalStateException if the partition is neither {@code STOPPED} nor {@code PAUSED};
   *     if it is not certain what the target has behind its progress, as after a failure that is
   *     retried; if the source's end is not known; or if the link has ended. The message says what
   *     to do
   */
  void skip(TopicPartition source, long offset);

  /**
   * Changes how fast the source is read, from now on: from any thread, before or after the start.
   * It is not saved, so that the next start begins with {@link Builder#throttle} again. A
   * switchover copies what is left at this rate; {@link ReplicatorStatus#throttle()} shows it.
   *
   * @throws IllegalStateException if the link has ended
   */
  void throttle(Throttle throttle);

  /**
   * Changes the number of lanes, the reader threads and writer threads of the link: from now on,
   * from any thread, before or after the start. Returns before it is done. It is not saved, so that
   * the next start begins with {@link Builder#lanes} again.
   *
   * <p>The readers and writers of all new lanes are opened first; if that fails, the link copies on
   * as before, {@link ReplicatorStatus#lastError} says why, and it is tried again. Then each
   * partition is drained and opened in its new lane, as after {@link #pause(Collection)} and {@link
   * #resume(Collection)}, while the others go on; nothing is lost or copied twice. Until the last
   * partition is drained the link may use twice its {@link Builder#maxInFlightBytes}.
   *
   * @param lanes from 1 to 64; the number that there is changes nothing
   * @throws dev.twinlog.spi.ConfigurationException if the number is out of bounds
   * @throws IllegalStateException if the link has ended, or is being switched over
   */
  void lanes(int lanes);

  /**
   * Selects the topics to copy, in place of those that the source selects so far: from now on, from
   * any thread, before or after the start. Partitions are discovered at once, so that {@link
   * #awaitCaughtUp} waits for topics that this adds.
   *
   * <ul>
   *   <li>Topics that join are treated as those that appear later: they are copied from their
   *       beginning, unless the link starts at an instant; one that must not be copied, because of
   *       other links, stops with the reason. One that has left before continues where it ended.
   *   <li>Topics that leave are no longer read. What was read of them is written, within the {@link
   *       Builder#closeTimeout}, their progress is saved, and their partitions leave the link
   *       ({@link ReplicationListener#partitionRemoved}). The copy stays as it is: its records, its
   *       configs, its ACLs and the positions of consumer groups in it are left alone, and it is
   *       not deleted when its source topic is ({@link TopicSync#onDelete}). Only an ACL that the
   *       link has created is still deleted with its ACL in the source ({@link AclSync#deleting}).
   *   <li>A selection that matches nothing is accepted, and is a note of the status.
   * </ul>
   *
   * <p>It is not saved: the next start begins with the selection with which its source is built.
   * Change that as well, or the topics that have left are copied again from where they ended, and
   * those that have joined leave.
   *
   * @throws IllegalStateException if the link has ended, or is being switched over
   * @throws dev.twinlog.spi.ConfigurationException if the source can't replace its selection, as a
   *     {@link dev.twinlog.kafka.KafkaSource} can ({@link dev.twinlog.spi.ChangeableSelection})
   */
  void topics(TopicSelector topics);

  /**
   * Replaces how consumer groups are kept in step, from the next comparison on, which is made at
   * once: from any thread, before or after the start. Groups that are not selected any more leave
   * {@link #groups()}, and are left alone in the target, whatever becomes of them in the source; so
   * are all with {@link GroupSync#off()}. One that is selected again continues as it would after a
   * restart. It is not saved, so that the next start begins with {@link Builder#groupSync} again.
   * {@link ReplicatorStatus#groupSync()} shows whether it is on.
   *
   * @throws IllegalStateException if the link has ended, or is being switched over
   * @throws dev.twinlog.spi.ConfigurationException if the interval is out of bounds, see {@link
   *     GroupSync#interval}
   */
  void groupSync(GroupSync sync);

  /**
   * Translates offsets of records that this link has copied. It is always current; while the link
   * starts and after it was closed it has the last known state. With a progress store that doesn't
   * persist the offset map (see {@link dev.twinlog.spi.OffsetMapStore}), translation starts empty
   * after every restart.
   */
  Offsets offsets();

  /**
   * The consumer groups of the source that have positions in the link's topics, by id, as of their
   * last comparison with the target; see {@link GroupSync}. The same as {@link
   * ReplicatorStatus#groups}.
   */
  Map<String, GroupStatus> groups();

  /**
   * Writes what is in flight, saves the progress and releases everything, within the close timeout
   * (see {@link Builder#closeTimeout}) and two seconds, even if a part hangs: threads that are
   * stuck in a call are then left to end by themselves, which is logged. Idempotent, from any
   * thread, in any state.
   */
  @Override
  void close();

  /**
   * Describes a link. Setters only store what they are given, in any order; {@link #build()} checks
   * everything at once. Not thread-safe. Users don't implement this interface; methods may be
   * added.
   */
  interface Builder {

    /** The link's name: 1 to 64 characters of {@code A-Z a-z 0-9 _ -}, the same at every start. */
    Builder link(String name);

    /** Where to read. */
    Builder source(Source source);

    /** Where to write. */
    Builder sink(Sink sink);

    /** Where to begin in partitions without progress. Default {@link StartPosition#earliest()}. */
    Builder startFrom(StartPosition position);

    /** Names target topics. Default {@link TopicMapper#identity()}. */
    Builder topicMapper(TopicMapper mapper);

    /** Chooses target partitions. Default {@link PartitionMapper#identity()}. */
    Builder partitionMapper(PartitionMapper mapper);

    /**
     * Drops or changes records. Default: none, and then no batch is decoded for it. Set once:
     * several are chained with {@link RecordTransform#andThen}, and a second call is one of the
     * problems that {@link #build} lists.
     */
    Builder transform(RecordTransform transform);

    /** Translates offsets, see {@link #offsets()}. Default {@link OffsetTranslator#exact()}. */
    Builder offsetTranslator(OffsetTranslator translator);

    /** What the link may do to target topics. Default {@link TopicSync#defaults()}. */
    Builder topicSync(TopicSync sync);

    /**
     * How the positions of consumer groups are kept in step with the source. Default {@link
     * GroupSync#defaults()}.
     */
    Builder groupSync(GroupSync sync);

    /**
     * Which topics of MirrorMaker 2 the link writes in the target, for programs that read them.
     * Default {@link MirrorMakerTopics#off()}. Needs a source and a sink that are Kafka clusters.
     */
    Builder mirrorMakerTopics(MirrorMakerTopics topics);

    /**
     * Where records go that the target or a transform refuses, so that their partitions continue.
     * Default {@link DeadLetters#off()}: they stop. The topic must exist in the target cluster. Not
     * kept by the reverse link.
     */
    Builder deadLetters(DeadLetters letters);

    /**
     * Verifies the copy while the link runs, on a thread and with connections of its own: options
     * with {@link VerifyOptions#continuous}. Found differences are in {@link
     * ReplicatorStatus#verification()}, in meters, and an event. Default {@link
     * VerifyOptions#defaults()}, which are not continuous: nothing is verified. Needs a source and
     * a sink that are Kafka clusters.
     */
    Builder verifying(VerifyOptions options);

    /** Keeps the progress; required for a sink that doesn't keep it itself, as Kafka sinks do. */
    Builder progressStore(ProgressStore store);

    /**
     * The guarantee of the link. Default {@link DeliveryGuarantee#EXACTLY_ONCE} if the sink can
     * recover, else {@link DeliveryGuarantee#AT_LEAST_ONCE}; more than the sink supports is an
     * error.
     */
    Builder deliveryGuarantee(DeliveryGuarantee guarantee);

    /**
     * The most bytes that are read but not yet acknowledged, over all lanes; the records of one
     * fetch may exceed it. Default 64 MiB, at least 64 KiB.
     */
    Builder maxInFlightBytes(long bytes);

    /**
     * The number of reader threads and of writer threads. Default 1, at most 64. {@link
     * Replicator#lanes} changes it while the link runs.
     */
    Builder lanes(int lanes);

    /** How fast the source is read, see {@link Replicator#throttle}. Default none. */
    Builder throttle(Throttle throttle);

    /**
     * How often the link looks for new topics and partitions, and for recreated ones. Default 30
     * seconds, at least 100 ms, at most a day.
     */
    Builder discoveryInterval(Duration interval);

    /**
     * How long {@link Replicator#close()} may wait for writes in flight. Default 30 seconds, at
     * most a day; zero doesn't drain.
     */
    Builder closeTimeout(Duration timeout);

    /** Receives measurements. Default: none. */
    Builder metrics(LinkMetrics metrics);

    /** Receives events. Default: none. */
    Builder onEvent(ReplicationListener listener);

    /** Whether {@link Replicator#start()} does anything. Default true. */
    Builder enabled(boolean enabled);

    /** The wall clock for lags and latencies. Default {@link Clock#systemUTC()}. */
    Builder clock(Clock clock);

    /**
     * Checks everything; starts no thread and no connection.
     *
     * @throws dev.twinlog.spi.ConfigurationException lists all problems
     */
    Replicator build();
  }
}
