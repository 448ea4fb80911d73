package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.kafka.records.Answers;
import dev.twinlog.internal.kafka.records.LazyAdmin;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
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
  private static final Duration READ_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(100);

  private final LazyAdmin admin;

  public LinkDirectory(LazyAdmin admin) {
    this.admin = admin;
  }

  /** As every state topic that may be read describes its link. */
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
    long deadline = System.nanoTime() + READ_TIMEOUT.toNanos();
    while (!missing.isEmpty()) {
      try {
        missing
            .entrySet()
            .removeIf(end -> consumer.position(end.getKey(), READ_TIMEOUT) >= end.getValue());
        if (missing.isEmpty()) {
          break;
        }
        consumer.poll(POLL).forEach(one -> fold(one, contents));
      } catch (TopicAuthorizationException e) {
        log.debug("{} are not ours to read", e.unauthorizedTopics(), e);
        missing.keySet().removeIf(one -> e.unauthorizedTopics().contains(one.topic()));
        ends.keySet().removeIf(one -> e.unauthorizedTopics().contains(one.topic()));
        consumer.assign(ends.keySet());
      }
      if (System.nanoTime() - deadline > 0) {
        throw new RetriableException(
            "%s did not give all of %s within %d s"
                .formatted(admin.errors().alias(), missing.keySet(), READ_TIMEOUT.toSeconds()));
      }
    }
    List<LinkDescription> links = new ArrayList<>();
    contents.values().forEach(state -> state.link().ifPresent(links::add));
    return List.copyOf(links);
  }

  private void fold(ConsumerRecord<byte[], byte[]> one, Map<String, StateContents> contents) {
    StateRecords.fold(
        "offset %d of topic %s on %s".formatted(one.offset(), one.topic(), admin.errors().alias()),
        one.key(),
        one.value(),
        contents.computeIfAbsent(one.topic(), topic -> new StateContents()));
  }
}
