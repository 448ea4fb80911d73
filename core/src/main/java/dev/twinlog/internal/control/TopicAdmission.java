package dev.twinlog.internal.control;

import dev.twinlog.TopicSync;
import dev.twinlog.internal.names.TopicName;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.TopicCreation;
import dev.twinlog.spi.TopicCreation.Created;
import dev.twinlog.spi.TopicDescription;
import dev.twinlog.spi.TopicMapper;
import dev.twinlog.spi.TopicSink;
import dev.twinlog.spi.TopicSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.TopicConfig;

/**
 * Prepares the target topics of source topics: derives their names, creates them and adds
 * partitions. A failure of one topic is the result of that topic only. Confined to the link's
 * control thread.
 */
public final class TopicAdmission {

  /** The result for one source topic. */
  public sealed interface Admission {}

  /**
   * The target topic exists.
   *
   * @param targetTopic its name
   * @param partitions how many partitions it has
   * @param id its topic id, if the sink knows it
   * @param sourceId the current topic id of the source topic, if the source knows it
   * @param compacted whether {@code cleanup.policy} of the source topic contains {@code compact}
   */
  public record Admitted(
      String targetTopic,
      int partitions,
      Optional<Uuid> id,
      Optional<Uuid> sourceId,
      boolean compacted)
      implements Admission {}

  /**
   * The topic can't be copied.
   *
   * @param cause the reason; its type says whether to retry
   */
  public record Refused(ReplicationException cause) implements Admission {}

  /**
   * What {@link #admit} would change.
   *
   * @param created the number of partitions of the topics that it would create
   * @param grown the topics that it would add partitions to
   * @param refusals what it would not do, and why
   */
  public record Plan(
      Map<String, Integer> created, Map<String, Growth> grown, List<String> refusals) {}

  /** The number of a topic's partitions before and after some are added. */
  public record Growth(int from, int to) {}

  private static final String COMPACT = TopicConfig.CLEANUP_POLICY_COMPACT;

  /** Used for a source that doesn't report replication factors; the sink limits it. */
  private static final int USUAL_REPLICATION_FACTOR = 3;

  private final Optional<TopicSource> source;
  private final Optional<TopicSink> sink;
  private final TopicMapper topicMapper;
  private final PartitionMapper partitionMapper;
  private final TopicSync sync;

  private volatile Consumer<Map<String, Map<String, String>>> onCreated = created -> {};

  /**
   * Creates an admission for one link.
   *
   * @param source empty if the source has no topics that can be described
   * @param sink empty if the sink has no topics
   */
  public TopicAdmission(
      Optional<TopicSource> source,
      Optional<TopicSink> sink,
      TopicMapper topicMapper,
      PartitionMapper partitionMapper,
      TopicSync sync) {
    this.source = source;
    this.sink = sink;
    this.topicMapper = topicMapper;
    this.partitionMapper = partitionMapper;
    this.sync = sync;
  }

  /**
   * Returns the name of the target topic.
   *
   * @throws PartitionFailedException if the topic mapper fails, or gives the dead-letter topic
   */
  public String targetTopic(String sourceTopic) {
    String target;
    try {
      target = topicMapper.targetTopic(sourceTopic);
    } catch (DeadLetterTopicException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new PartitionFailedException(
          "the topic mapper failed for " + sourceTopic + ": " + e, e);
    }
    if (target == null || !TopicName.isValid(target)) {
      throw new PartitionFailedException(
          "the topic mapper gave %s for %s, but a topic's name has 1 to 249 characters of %s and is not . or .."
              .formatted(
                  target == null ? "nothing" : "\"" + target + "\"",
                  sourceTopic,
                  TopicName.CHARACTERS));
    }
    return target;
  }

  /**
   * Prepares the target topics.
   *
   * @param sourceTopics the topics with the number of their partitions
   * @return a result for each of them
   */
  public Map<String, Admission> admit(Map<String, Integer> sourceTopics) {
    Map<String, Admission> answers = new HashMap<>();
    Map<String, String> targets = new LinkedHashMap<>();
    sourceTopics.forEach(
        (topic, partitions) -> {
          try {
            targets.put(topic, targetTopic(topic));
          } catch (PartitionFailedException e) {
            answers.put(topic, new Refused(e));
          }
        });
    if (sink.isPresent()) {
      admitTo(sink.get(), sourceTopics, targets, answers);
    } else {
      sourceTopics.forEach(
          (topic, partitions) -> {
            String target = targets.get(topic);
            if (target != null) {
              answers.put(
                  topic,
                  new Admitted(target, partitions, Optional.empty(), Optional.empty(), false));
            }
          });
    }
    return answers;
  }

  /**
   * Finds what {@link #admit} would change, and changes nothing. Unlike that, it may be called by
   * any thread that may call the source and the sink.
   *
   * @param sourceTopics the topics with the number of their partitions
   */
  public Plan plan(Map<String, Integer> sourceTopics) {
    Map<String, Integer> created = new TreeMap<>();
    Map<String, Growth> grown = new TreeMap<>();
    List<String> refusals = new ArrayList<>();
    if (sink.isEmpty()) {
      return new Plan(created, grown, refusals);
    }
    Map<String, String> targets = new TreeMap<>();
    for (String topic : sourceTopics.keySet()) {
      try {
        targets.put(topic, targetTopic(topic));
      } catch (PartitionFailedException e) {
        refusals.add(e.getMessage());
      }
    }
    Map<String, TopicDescription> existing =
        sink.get().describeTopics(Set.copyOf(targets.values()));
    targets.forEach(
        (topic, target) -> {
          TopicDescription there = existing.get(target);
          int partitions = sourceTopics.getOrDefault(topic, 0);
          if (there == null) {
            created.merge(target, partitions, Math::max);
          } else {
            int needed = needed(undescribed(topic, partitions), there.partitions());
            if (needed > there.partitions()) {
              grown.merge(
                  target,
                  new Growth(there.partitions(), needed),
                  (one, other) -> one.to() >= other.to() ? one : other);
            }
          }
        });
    if (!sync.creates()) {
      created.keySet().forEach(target -> refusals.add(notCreated(target)));
      created.clear();
    }
    if (!sync.grows()) {
      grown.forEach(
          (target, growth) ->
              refusals.add(
                  "target topic %s has %d partitions and needs %d: add them, or let topicSync do it"
                      .formatted(target, growth.from(), growth.to())));
      grown.clear();
    }
    return new Plan(created, grown, refusals);
  }

  private static String notCreated(String target) {
    return "target topic %s does not exist: create it, or let topicSync create it"
        .formatted(target);
  }

  private void admitTo(
      TopicSink topicSink,
      Map<String, Integer> sourceTopics,
      Map<String, String> targets,
      Map<String, Admission> answers) {
    Map<String, TopicDescription> sources = describeSources(sourceTopics, targets);
    Map<String, TopicDescription> sourceByTarget = new HashMap<>();
    // if several topics share a target topic, the one with the most partitions decides
    sources.forEach(
        (topic, description) ->
            sourceByTarget.merge(
                targets.get(topic),
                description,
                (one, other) -> other.partitions() > one.partitions() ? other : one));
    topicSink.onSourceTopics(sourceByTarget);

    Map<String, TopicDescription> existing = topicSink.describeTopics(sourceByTarget.keySet());
    Map<String, ReplicationException> refused = new HashMap<>();
    Map<String, Integer> wider = wider(sourceByTarget, existing);
    boolean changed = create(topicSink, sourceByTarget, existing, refused);
    changed |= grow(topicSink, wider, refused);
    if (changed) {
      existing = topicSink.describeTopics(sourceByTarget.keySet());
      refuseUnseen(wider, existing, refused);
    }
    for (Map.Entry<String, String> entry : targets.entrySet()) {
      Optional<TopicDescription> from = Optional.ofNullable(sources.get(entry.getKey()));
      answers.put(entry.getKey(), answer(entry.getValue(), existing, refused, from));
    }
  }

  /** Partitions that were just added may not be known to every broker yet. */
  private static void refuseUnseen(
      Map<String, Integer> wider,
      Map<String, TopicDescription> existing,
      Map<String, ReplicationException> refused) {
    wider.forEach(
        (target, partitions) -> {
          TopicDescription topic = existing.get(target);
          if (topic != null && topic.partitions() < partitions) {
            refused.putIfAbsent(
                target,
                new RetriableException(
                    "target topic %s was grown to %d partitions, but only %d are visible yet"
                        .formatted(target, partitions, topic.partitions())));
          }
        });
  }

  private static Admission answer(
      String target,
      Map<String, TopicDescription> existing,
      Map<String, ReplicationException> refused,
      Optional<TopicDescription> from) {
    ReplicationException cause = refused.get(target);
    TopicDescription topic = existing.get(target);
    if (cause != null) {
      return new Refused(cause);
    }
    if (topic == null) {
      return new Refused(
          new RetriableException("target topic " + target + " was created, but isn't visible yet"));
    }
    return new Admitted(
        target,
        topic.partitions(),
        topic.id(),
        from.flatMap(TopicDescription::id),
        from.map(TopicAdmission::isCompacted).orElse(false));
  }

  private static boolean isCompacted(TopicDescription topic) {
    return topic.configs().getOrDefault(TopicConfig.CLEANUP_POLICY_CONFIG, "").contains(COMPACT);
  }

  private Map<String, TopicDescription> describeSources(
      Map<String, Integer> sourceTopics, Map<String, String> targets) {
    Map<String, TopicDescription> described =
        new HashMap<>(
            source.map(topics -> topics.describeTopics(targets.keySet())).orElse(Map.of()));
    sourceTopics.forEach(
        (topic, partitions) -> {
          if (targets.containsKey(topic)) {
            described.merge(topic, undescribed(topic, partitions), TopicAdmission::withAll);
          }
        });
    return described;
  }

  /** A description may be older than the result of discovery. */
  private static TopicDescription withAll(TopicDescription topic, TopicDescription discovered) {
    return topic.partitions() >= discovered.partitions()
        ? topic
        : topic.withPartitions(discovered.partitions());
  }

  private static TopicDescription undescribed(String topic, int partitions) {
    return TopicDescription.of(
        topic, Optional.empty(), partitions, USUAL_REPLICATION_FACTOR, Map.of());
  }

  private boolean create(
      TopicSink topicSink,
      Map<String, TopicDescription> sourceByTarget,
      Map<String, TopicDescription> existing,
      Map<String, ReplicationException> refused) {
    List<TopicDescription> wanted = new ArrayList<>();
    sourceByTarget.forEach(
        (target, like) -> {
          if (existing.containsKey(target)) {
            return;
          }
          if (sync.creates()) {
            wanted.add(
                TopicDescription.of(
                    target,
                    Optional.empty(),
                    like.partitions(),
                    like.replicationFactor(),
                    copied(like.configs())));
          } else {
            refused.put(target, new RetriableException(notCreated(target)));
          }
        });
    if (wanted.isEmpty()) {
      return false;
    }
    Map<String, Map<String, String>> created = new HashMap<>();
    topicSink
        .createTopics(wanted)
        .forEach(
            (target, result) -> {
              if (result instanceof TopicCreation.Refused refusal) {
                refused.put(target, refusal.cause());
              } else if (result instanceof Created made) {
                created.put(target, copiedOf(made.configs()));
              }
            });
    if (!created.isEmpty()) {
      onCreated.accept(created);
    }
    return true;
  }

  /**
   * Tells of topics that this link has created, by target topic the configs of the source that were
   * set. What this is told must not wait.
   */
  public void onCreated(Consumer<Map<String, Map<String, String>>> listener) {
    onCreated = listener;
  }

  /** What the link sets on every topic it never removes. */
  private static Map<String, String> copiedOf(Map<String, String> configs) {
    Map<String, String> copied = new HashMap<>(configs);
    copied.keySet().removeIf(name -> !TopicPlan.isCopied(name));
    return copied;
  }

  private Map<String, String> copied(Map<String, String> configs) {
    Map<String, String> copied = new HashMap<>(configs);
    copied.keySet().removeIf(name -> !sync.configs().covers(name));
    return copied;
  }

  /** The target topics to which partitions must and may be added, with the new number. */
  private Map<String, Integer> wider(
      Map<String, TopicDescription> sourceByTarget, Map<String, TopicDescription> existing) {
    Map<String, Integer> wider = new HashMap<>();
    existing.forEach(
        (target, topic) -> {
          TopicDescription like = sourceByTarget.get(target);
          int needed = like == null ? 0 : needed(like, topic.partitions());
          if (needed > topic.partitions() && sync.grows()) {
            wider.put(target, needed);
          }
        });
    return wider;
  }

  private static boolean grow(
      TopicSink topicSink, Map<String, Integer> wider, Map<String, ReplicationException> refused) {
    if (wider.isEmpty()) {
      return false;
    }
    topicSink
        .growTopics(wider)
        .forEach((target, trouble) -> trouble.ifPresent(cause -> refused.put(target, cause)));
    return true;
  }

  /** How many partitions the mapper needs: more than exist only if it returns a higher number. */
  private int needed(TopicDescription like, int partitions) {
    int needed = partitions;
    if (partitionMapper instanceof PartitionMapper.ByPartition mapper) {
      for (int number = 0; number < like.partitions(); number++) {
        TopicPartition partition = new TopicPartition(like.name(), number);
        needed = Math.max(needed, target(mapper, partition, partitions) + 1);
      }
    }
    return needed;
  }

  /** The mapper's result; -1 if it throws, which stops the partition when it is opened. */
  private static int target(
      PartitionMapper.ByPartition mapper, TopicPartition source, int targetPartitions) {
    try {
      return mapper.targetPartition(source, targetPartitions);
    } catch (RuntimeException e) {
      return -1;
    }
  }
}
