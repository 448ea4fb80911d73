package dev.twinlog.internal.engine.sync;

import dev.twinlog.internal.control.MirrorMakerFormat;
import dev.twinlog.internal.engine.shared.GroupView;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.options.LinkSettings;
import dev.twinlog.spi.CompactedTopics;
import dev.twinlog.spi.NamedCluster;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * Writes the positions of groups as checkpoints of MirrorMaker 2: those that have changed since
 * they were written last. Confined to one thread at a time.
 */
public final class MirrorMakerCheckpoints implements Checkpoints {
  private final CompactedTopics sink;
  private final String topic;

  /** What was written. */
  private final Map<String, GroupView> last = new HashMap<>();

  /** Writes to the topic of this source cluster. */
  public MirrorMakerCheckpoints(CompactedTopics sink, String sourceAlias, String separator) {
    this.sink = sink;
    this.topic = MirrorMakerFormat.checkpoints(sourceAlias, separator);
  }

  /** Returns those of a link, if it is to write them. */
  static Optional<MirrorMakerCheckpoints> of(LinkSettings settings) {
    Optional<NamedCluster> source = settings.sourceAbilities().name();
    Optional<CompactedTopics> sink = settings.sinkAbilities().compacted();
    if (!settings.get(LinkOptions.MIRROR_MAKER_TOPICS).writesCheckpoints()
        || source.isEmpty()
        || sink.isEmpty()) {
      return Optional.empty();
    }
    String separator = settings.get(LinkOptions.MIRROR_MAKER_TOPICS).separator();
    return Optional.of(new MirrorMakerCheckpoints(sink.get(), source.get().alias(), separator));
  }

  /** The topic of the checkpoints. */
  String topic() {
    return topic;
  }

  /**
   * Writes what has changed of these groups. A group is there with the positions that the link has
   * written in the target.
   *
   * @return why not, for the status; what was not written is tried again with the next call
   */
  @SuppressWarnings("ReferenceEquality") // a view that has changed is another object
  Optional<String> publish(Map<String, GroupView> groups) {
    last.keySet().retainAll(groups.keySet());
    Map<String, GroupView> now = new HashMap<>();
    List<Checkpoint> changed = new ArrayList<>();
    groups.forEach(
        (group, view) -> {
          GroupView former = last.get(group);
          if (view != former) {
            Map<TopicPartition, Checkpoint> before =
                former == null ? Map.of() : checkpoints(group, former);
            now.put(group, view);
            checkpoints(group, view).values().stream()
                .filter(one -> !one.equals(before.get(one.partition())))
                .forEach(changed::add);
          }
        });
    Optional<ReplicationException> refusal;
    try {
      refusal = written(changed);
    } catch (RetriableException e) {
      refusal = Optional.of(e);
    }
    if (refusal.isEmpty()) {
      last.putAll(now);
    }
    return refusal.map(cause -> "no checkpoints: " + cause.getMessage());
  }

  private static Map<TopicPartition, Checkpoint> checkpoints(String group, GroupView view) {
    Map<TopicPartition, Checkpoint> checkpoints = new HashMap<>();
    view.snapshot()
        .positions()
        .forEach(
            (source, position) ->
                position
                    .targets()
                    .forEach(
                        (target, offset) ->
                            checkpoints.merge(
                                target,
                                new Checkpoint(group, target, position.source(), offset, ""),
                                MirrorMakerCheckpoints::lower)));
    return checkpoints;
  }

  /** Of several source partitions that are written to one target partition, one is named. */
  private static Checkpoint lower(Checkpoint one, Checkpoint other) {
    return other.source() < one.source() ? other : one;
  }

  @Override
  public Optional<ReplicationException> written(Collection<Checkpoint> positions) {
    List<CompactedTopics.Entry> entries =
        positions.stream()
            .map(
                one ->
                    new CompactedTopics.Entry(
                        MirrorMakerFormat.checkpointKey(one.group(), one.partition()),
                        MirrorMakerFormat.checkpoint(one.source(), one.target(), one.metadata())))
            .toList();
    return entries.isEmpty() ? Optional.empty() : sink.writeCompacted(topic, entries);
  }
}
