package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.kafka.cluster.Answers;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.RetriableException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the links that write into a cluster. Reads all their state topics by one consumer, since
 * there may be many. Confined to the link's control thread.
 */
public final class LinkDirectory {
  private static final Logger log = LoggerFactory.getLogger(LinkDirectory.class);

  private final LazyAdmin admin;
  private final Set<String> warned = new HashSet<>();

  public LinkDirectory(LazyAdmin admin) {
    this.admin = admin;
  }

  /**
   * As every state topic that may be read describes its link. A description that this version can't
   * read is left out, with one warning: it says nothing about the link that asks.
   */
  public List<LinkDescription> linksInto() {
    Map<TopicPartition, Long> ends = ends(stateTopics());
    if (ends.isEmpty()) {
      return List.of();
    }
    Consumer<byte[], byte[]> consumer = StateTopic.open(admin, "links");
    try {
      return read(consumer, ends);
    } catch (RuntimeException e) {
      throw admin.errors().link("read the state topics of its links", e);
    } finally {
      StateTopic.close(consumer);
    }
  }

  private Set<String> stateTopics() {
    try {
      Set<String> names = new TreeSet<>(Answers.get(admin.get().listTopics().names()));
      names.removeIf(name -> !StateTopic.NAME.matcher(name).matches());
      return names;
    } catch (RuntimeException e) {
      throw admin.errors().link("list topics", e);
    }
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
        ends.put(partition, Answers.get(answer.partitionResult(partition)).offset());
      } catch (TopicAuthorizationException | UnknownTopicOrPartitionException e) {
        log.debug("{} is not ours to read, or was just deleted", partition.topic(), e);
      } catch (RuntimeException e) {
        throw admin.errors().link("list offsets of topic " + partition.topic(), e);
      }
    }
    return ends;
  }

  private List<LinkDescription> read(
      Consumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
    Map<String, StateContents> contents = new TreeMap<>();
    Map<TopicPartition, Long> missing = new HashMap<>(ends);
    consumer.assign(missing.keySet());
    consumer.seekToBeginning(missing.keySet());
    StateTopic.ReadProgress progress = new StateTopic.ReadProgress();
    while (!missing.isEmpty()) {
      long behind = 0;
      try {
        for (var end : Map.copyOf(missing).entrySet()) {
          long left = end.getValue() - consumer.position(end.getKey(), StateTopic.READ_TIMEOUT);
          behind += Math.max(0, left);
          if (left <= 0) {
            missing.remove(end.getKey());
          }
        }
        if (missing.isEmpty()) {
          break;
        }
        consumer.poll(StateTopic.POLL).forEach(one -> fold(one, contents));
      } catch (TopicAuthorizationException e) {
        log.debug("{} are not ours to read", e.unauthorizedTopics(), e);
        missing.keySet().removeIf(one -> e.unauthorizedTopics().contains(one.topic()));
        ends.keySet().removeIf(one -> e.unauthorizedTopics().contains(one.topic()));
        consumer.assign(ends.keySet());
      }
      if (!progress.moves(behind)) {
        throw new RetriableException(
            "%s gave nothing more of %s for %d s"
                .formatted(
                    admin.errors().alias(), missing.keySet(), StateTopic.READ_TIMEOUT.toSeconds()));
      }
    }
    List<LinkDescription> links = new ArrayList<>();
    contents.values().forEach(state -> state.link().ifPresent(links::add));
    return List.copyOf(links);
  }

  private void fold(ConsumerRecord<byte[], byte[]> one, Map<String, StateContents> contents) {
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
          contents.computeIfAbsent(one.topic(), topic -> new StateContents()));
    } catch (LinkFailedException e) {
      if (warned.add(where)) {
        log.warn(
            "a link's description can't be read, so loops by way of it go unseen: {}",
            e.getMessage());
      }
    }
  }
}
