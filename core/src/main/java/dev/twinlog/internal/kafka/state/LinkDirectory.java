package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.kafka.cluster.AdminResults;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.names.LinkName;
import dev.twinlog.internal.progress.LinkDescriptionCodec;
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
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the links that write into a cluster. Reads their registry topics, and the state topics of
 * those that have none with a description: of links that an older version runs. A link is there as
 * long as its state topic is. All are read with one consumer, since there may be many, and each
 * from where the last read ended. Thread-safe: one read at a time.
 */
public final class LinkDirectory {
  private static final Logger LOG = LoggerFactory.getLogger(LinkDirectory.class);
  private static final Pattern NAME =
      Pattern.compile("twinlog\\.(" + LinkName.REGEX + ")\\.(state|registry)");

  private final LazyAdmin admin;
  private final Set<String> warned = new HashSet<>();

  /** What was read of the topics, by name. */
  private final Map<String, Known> known = new TreeMap<>();

  private Map<String, Uuid> topics = Map.of();

  /** What was read of a topic. */
  private static final class Known {
    final Uuid topicId;
    boolean described;
    @Nullable LinkDescription link;
    long next;

    Known(Uuid topicId) {
      this.topicId = topicId;
    }
  }

  public LinkDirectory(LazyAdmin admin) {
    this.admin = admin;
  }

  /**
   * Returns the descriptions of the links whose topics may be read. A description that this version
   * can't read is left out, with one warning; it need not concern the calling link.
   */
  public synchronized List<LinkDescription> linksInto() {
    Set<String> links = findLinks();
    readOn(links.stream().map(RegistryTopic::nameOf).filter(topics::containsKey).toList());
    readOn(
        links.stream()
            .filter(link -> !isDescribed(RegistryTopic.nameOf(link)))
            .map(StateTopic::nameOf)
            .toList());
    List<LinkDescription> found = new ArrayList<>();
    for (String link : links) {
      String registry = RegistryTopic.nameOf(link);
      Known topic = known.get(isDescribed(registry) ? registry : StateTopic.nameOf(link));
      if (topic != null && topic.link != null) {
        found.add(topic.link);
      }
    }
    return List.copyOf(found);
  }

  private boolean isDescribed(String topic) {
    Known read = known.get(topic);
    return read != null && read.described;
  }

  /** Reads what was written to these topics since they were last read. */
  private void readOn(List<String> names) {
    names.forEach(
        name -> {
          Uuid id = topics.get(name);
          if (id != null) {
            known.computeIfAbsent(name, one -> new Known(id));
          }
        });
    Map<TopicPartition, Long> ends = ends(names);
    ends.entrySet().removeIf(end -> topic(end.getKey()).next >= end.getValue());
    if (!ends.isEmpty()) {
      Consumer<byte[], byte[]> consumer = StateTopic.open(admin, "links");
      try {
        read(consumer, ends);
      } catch (RuntimeException e) {
        throw admin.errors().link("read the topics of its links", e);
      } finally {
        StateTopic.close(consumer);
      }
    }
  }

  private Known topic(TopicPartition partition) {
    return Objects.requireNonNull(known.get(partition.topic()));
  }

  /** Lists the topics of links; returns the names of those with a state topic. */
  private Set<String> findLinks() {
    Map<String, Uuid> found = new HashMap<>();
    Set<String> links = new TreeSet<>();
    try {
      for (TopicListing topic : AdminResults.get(admin.get().listTopics().listings())) {
        Matcher name = NAME.matcher(topic.name());
        if (name.matches()) {
          found.put(topic.name(), topic.topicId());
          if (name.group(2).equals("state")) {
            links.add(name.group(1));
          }
        }
      }
    } catch (RuntimeException e) {
      throw admin.errors().link("list topics", e);
    }
    topics = found;
    known.entrySet().removeIf(one -> !one.getValue().topicId.equals(found.get(one.getKey())));
    return links;
  }

  private Map<TopicPartition, Long> ends(List<String> names) {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    names.forEach(name -> asked.put(new TopicPartition(name, 0), OffsetSpec.latest()));
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
    Known topic = topic(new TopicPartition(one.topic(), one.partition()));
    topic.described = true;
    try {
      byte[] value = one.value();
      topic.link = value == null ? null : LinkDescriptionCodec.decode(value);
    } catch (LinkFailedException e) {
      if (warned.add(where)) {
        LOG.warn(
            "{}: a link's description can't be read, so loops through that link are not detected: {}",
            where,
            e.getMessage());
      }
    }
  }
}
