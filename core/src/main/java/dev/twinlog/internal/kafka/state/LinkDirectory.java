package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.kafka.cluster.AdminResults;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.RetriableException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicListing;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the links that write into a cluster. Reads all their state topics with one consumer, since
 * there may be many, and each from where the last read ended. Confined to the link's control
 * thread.
 */
public final class LinkDirectory {
  private static final Logger LOG = LoggerFactory.getLogger(LinkDirectory.class);

  private final LazyAdmin admin;
  private final Set<String> warned = new HashSet<>();
  private final Map<String, Known> known = new TreeMap<>();

  /** What was read of a state topic. */
  private static final class Known {
    final Uuid topicId;
    final StateContents contents = new StateContents();
    long next;

    Known(Uuid topicId) {
      this.topicId = topicId;
    }
  }

  public LinkDirectory(LazyAdmin admin) {
    this.admin = admin;
  }

  /**
   * Returns the descriptions of the links whose state topics may be read. A description that this
   * version can't read is left out, with one warning; it need not concern the calling link.
   */
  public List<LinkDescription> linksInto() {
    findTopics();
    Map<TopicPartition, Long> ends = ends(known.keySet());
    ends.entrySet().removeIf(end -> topic(end.getKey()).next >= end.getValue());
    if (!ends.isEmpty()) {
      Consumer<byte[], byte[]> consumer = StateTopic.open(admin, "links");
      try {
        read(consumer, ends);
      } catch (RuntimeException e) {
        throw admin.errors().link("read the state topics of its links", e);
      } finally {
        StateTopic.close(consumer);
      }
    }
    List<LinkDescription> links = new ArrayList<>();
    known.values().forEach(topic -> topic.contents.link().ifPresent(links::add));
    return List.copyOf(links);
  }

  private Known topic(TopicPartition partition) {
    return Objects.requireNonNull(known.get(partition.topic()));
  }

  private void findTopics() {
    Map<String, Uuid> found = new HashMap<>();
    try {
      for (TopicListing topic : AdminResults.get(admin.get().listTopics().listings())) {
        if (StateTopic.NAME.matcher(topic.name()).matches()) {
          found.put(topic.name(), topic.topicId());
        }
      }
    } catch (RuntimeException e) {
      throw admin.errors().link("list topics", e);
    }
    known.entrySet().removeIf(one -> !one.getValue().topicId.equals(found.get(one.getKey())));
    found.forEach((name, id) -> known.computeIfAbsent(name, one -> new Known(id)));
  }

  private Map<TopicPartition, Long> ends(Set<String> topics) {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    topics.forEach(topic -> asked.put(new TopicPartition(topic, 0), OffsetSpec.latest()));
    Map<TopicPartition, Long> ends = new HashMap<>();
    if (asked.isEmpty()) {
      return ends;
    }
    ListOffsetsResult answer =
        admin.get().listOffsets(asked, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED));
    for (TopicPartition partition : asked.keySet()) {
      try {
        ends.put(partition, AdminResults.get(answer.partitionResult(partition)).offset());
      } catch (TopicAuthorizationException | UnknownTopicOrPartitionException e) {
        LOG.debug("{} may not be read, or was just deleted", partition.topic(), e);
      } catch (RuntimeException e) {
        throw admin.errors().link("list offsets of topic " + partition.topic(), e);
      }
    }
    return ends;
  }

  private void read(Consumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
    Map<TopicPartition, Long> missing = new HashMap<>(ends);
    consumer.assign(missing.keySet());
    missing.keySet().forEach(partition -> seek(consumer, partition));
    StateTopic.ReadProgress progress = new StateTopic.ReadProgress();
    while (!missing.isEmpty()) {
      long behind = 0;
      try {
        for (var end : Map.copyOf(missing).entrySet()) {
          long position = consumer.position(end.getKey(), StateTopic.READ_TIMEOUT);
          topic(end.getKey()).next = position;
          long left = end.getValue() - position;
          behind += Math.max(0, left);
          if (left <= 0) {
            missing.remove(end.getKey());
          }
        }
        if (missing.isEmpty()) {
          break;
        }
        consumer.poll(StateTopic.POLL).forEach(this::fold);
      } catch (OffsetOutOfRangeException e) {
        LOG.debug("{} were trimmed", e.partitions(), e);
        consumer.seekToBeginning(e.partitions());
      } catch (TopicAuthorizationException e) {
        LOG.debug("{} may not be read", e.unauthorizedTopics(), e);
        missing.keySet().removeIf(one -> e.unauthorizedTopics().contains(one.topic()));
        ends.keySet().removeIf(one -> e.unauthorizedTopics().contains(one.topic()));
        consumer.assign(ends.keySet());
      }
      if (!progress.moves(behind)) {
        throw new RetriableException(
            "%s returned nothing more of %s for %d s"
                .formatted(
                    admin.errors().alias(), missing.keySet(), StateTopic.READ_TIMEOUT.toSeconds()));
      }
    }
  }

  private void seek(Consumer<byte[], byte[]> consumer, TopicPartition partition) {
    long next = topic(partition).next;
    if (next == 0) {
      consumer.seekToBeginning(List.of(partition));
    } else {
      consumer.seek(partition, next);
    }
  }

  private void fold(ConsumerRecord<byte[], byte[]> one) {
    if (!StateRecords.isLink(one.key())) {
      return;
    }
    String where =
        "offset %d of topic %s on %s".formatted(one.offset(), one.topic(), admin.errors().alias());
    try {
      StateRecords.fold(
          where,
          one.key(),
          one.value(),
          topic(new TopicPartition(one.topic(), one.partition())).contents);
    } catch (LinkFailedException e) {
      if (warned.add(where)) {
        LOG.warn(
            "a link's description can't be read, so loops through that link are not detected: {}",
            e.getMessage());
      }
    }
  }
}
