package dev.twinlog.internal.kafka.records;

import dev.twinlog.internal.kafka.cluster.ClientLibrary;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.state.PositionTopic.LastRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.TargetRun;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for the last records of routes in the target's logs, through the public consumer. Holds
 * nothing between two calls, which block.
 */
final class TailReader {
  private static final Logger LOG = LoggerFactory.getLogger(TailReader.class);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);
  private static final int PARTITION_BYTES = 256 << 10;

  /**
   * So many fingerprints show that it is the same place of the source, even among many equal ones.
   */
  private static final int MOST_FINGERPRINTS = 100;

  private static final long FIRST_STRETCH = 1_000;
  private static final int GROWTH = 8;

  private static final int FETCH_BYTES = 4 << 20;

  /**
   * Where to look for a record.
   *
   * @param from the first offset that it may have
   * @param end where the log ends
   * @param wanted by what it is known; empty to see what is at {@code from}
   * @param exact whether it can only be at {@code from}
   * @param compacted whether records may be missing from the log
   */
  record Place(
      long from, long end, Optional<LastRecord> wanted, boolean exact, boolean compacted) {}

  /**
   * What was seen.
   *
   * @param gone whether the record is surely not there
   * @param first what is at {@code from}, or the first record behind it
   * @param found the record, if it was seen
   */
  record Sight(
      boolean gone,
      Optional<ConsumerRecord<byte[], byte[]>> first,
      Optional<ConsumerRecord<byte[], byte[]>> found) {

    /** Where retention or compaction has been, nothing is proved. */
    static final Sight NOTHING = new Sight(false, Optional.empty(), Optional.empty());
  }

  private final LazyAdmin admin;
  private final Set<String> denied = ConcurrentHashMap.newKeySet();

  TailReader(LazyAdmin admin) {
    this.admin = admin;
  }

  /** Looks for one record in each place. */
  Map<Route, Sight> look(Map<Route, Place> places) {
    Map<Route, Sight> seen = new HashMap<>();
    Map<Route, Place> left = new LinkedHashMap<>(places);
    if (left.isEmpty()) {
      return seen;
    }
    Consumer<byte[], byte[]> consumer = open("read_uncommitted");
    try {
      while (!left.isEmpty()) {
        // several routes may end in one partition
        Map<TopicPartition, Search> round = new HashMap<>();
        for (Iterator<Map.Entry<Route, Place>> i = left.entrySet().iterator(); i.hasNext(); ) {
          Map.Entry<Route, Place> next = i.next();
          Search search = new Search(next.getKey(), next.getValue());
          if (round.putIfAbsent(next.getKey().target(), search) == null) {
            i.remove();
          }
        }
        read(consumer, round, seen);
      }
      return seen;
    } catch (RuntimeException e) {
      throw admin.errors().link("read the last records of its target topics", e);
    } finally {
      ClientLibrary.close(consumer, CLOSE_TIMEOUT);
    }
  }

  /**
   * A consumer for one question.
   *
   * @param isolation what is still open behind a record must not hide it, and must not count as
   *     copied either
   */
  private Consumer<byte[], byte[]> open(String isolation) {
    return admin.consumer(
        "tails",
        Map.of(
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            isolation,
            ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
            PARTITION_BYTES,
            ConsumerConfig.FETCH_MAX_BYTES_CONFIG,
            FETCH_BYTES,
            ConsumerConfig.FETCH_MIN_BYTES_CONFIG,
            1,
            ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
            20));
  }

  /** One place while it is looked at. */
  private static final class Search {
    private final Route route;
    private final Place place;
    private @Nullable ConsumerRecord<byte[], byte[]> first;

    Search(Route route, Place place) {
      this.route = route;
      this.place = place;
    }

    /** What a record says; null if one must read on. */
    @Nullable Sight take(ConsumerRecord<byte[], byte[]> record) {
      boolean isFirst = first == null;
      if (isFirst) {
        first = record;
      }
      boolean hole = isFirst && record.offset() > place.from();
      if (place.wanted().isEmpty()) {
        return sight(false, hole ? null : record);
      }
      boolean matches =
          (!place.exact() || record.offset() == place.from())
              && Anchor.matches(place.wanted().get(), record);
      if (matches) {
        return sight(false, record);
      }
      if (hole && place.compacted()) {
        return sight(false, null);
      }
      return place.exact() ? sight(true, null) : null;
    }

    /** Nothing more comes. */
    Sight atEnd() {
      return sight(place.wanted().isPresent() && !place.compacted(), null);
    }

    private Sight sight(boolean gone, @Nullable ConsumerRecord<byte[], byte[]> found) {
      return new Sight(gone, Optional.ofNullable(first), Optional.ofNullable(found));
    }
  }

  private void read(
      Consumer<byte[], byte[]> consumer,
      Map<TopicPartition, Search> round,
      Map<Route, Sight> seen) {
    consumer.assign(round.keySet());
    round.forEach((partition, search) -> consumer.seek(partition, search.place.from()));
    Map<TopicPartition, Search> left = new HashMap<>(round);
    long movedAt = System.nanoTime();
    while (!left.isEmpty()) {
      ConsumerRecords<byte[], byte[]> records;
      try {
        records = consumer.poll(POLL);
      } catch (OffsetOutOfRangeException e) {
        // trimmed, or it has just become shorter: the next look tells
        e.offsetOutOfRangePartitions().keySet().forEach(gone -> trimmed(gone, left, seen));
        consumer.assign(left.keySet());
        continue;
      } catch (TopicAuthorizationException e) {
        denied(e.unauthorizedTopics(), left, seen);
        consumer.assign(left.keySet());
        continue;
      }
      int before = left.size();
      Set<TopicPartition> done = take(consumer, records, left, seen);
      long now = System.nanoTime();
      if (!records.isEmpty() || left.size() < before) {
        movedAt = now;
      } else if (now - movedAt > PATIENCE.toNanos()) {
        throw new RetriableException(
            "%s does not give what %s hold".formatted(admin.errors().alias(), left.keySet()));
      }
      if (!done.isEmpty()) {
        consumer.assign(left.keySet());
      }
    }
  }

  private Set<TopicPartition> take(
      Consumer<byte[], byte[]> consumer,
      ConsumerRecords<byte[], byte[]> records,
      Map<TopicPartition, Search> left,
      Map<Route, Sight> seen) {
    Set<TopicPartition> done = new HashSet<>();
    left.forEach(
        (partition, search) -> {
          Sight sight = null;
          for (ConsumerRecord<byte[], byte[]> record : records.records(partition)) {
            sight = search.take(record);
            if (sight != null) {
              break;
            }
          }
          if (sight == null && consumer.position(partition, PATIENCE) >= search.place.end()) {
            sight = search.atEnd();
          }
          if (sight != null) {
            seen.put(search.route, sight);
            done.add(partition);
          }
        });
    left.keySet().removeAll(done);
    return done;
  }

  /** Without the permission the link goes on, as those do that need no proof. */
  private void denied(
      Set<String> topics, Map<TopicPartition, Search> left, Map<Route, Sight> seen) {
    for (String topic : topics) {
      if (denied.add(topic)) {
        LOG.warn(
            "whether {} loses the ends of {} is not seen: it takes READ on Topic {}",
            admin.errors().alias(),
            topic,
            topic);
      }
    }
    for (TopicPartition partition : List.copyOf(left.keySet())) {
      if (topics.contains(partition.topic())) {
        trimmed(partition, left, seen);
      }
    }
  }

  private void trimmed(
      TopicPartition partition, Map<TopicPartition, Search> left, Map<Route, Sight> seen) {
    Search search = left.remove(partition);
    if (search != null) {
      seen.put(search.route, Sight.NOTHING);
    }
  }

  /**
   * Where the log parts from the one that a leader of this epoch had, at {@code next} at the
   * latest, by the leader epochs that brokers keep (KIP-320); empty if the leader can't tell.
   */
  OptionalLong commonEnd(TopicPartition partition, long next, int leaderEpoch) {
    Consumer<byte[], byte[]> consumer = open("read_uncommitted");
    try {
      consumer.assign(List.of(partition));
      // a position is validated only if the leader's epoch is known when it is set
      consumer.endOffsets(List.of(partition), PATIENCE);
      consumer.seek(partition, new OffsetAndMetadata(next, Optional.of(leaderEpoch), ""));
      // the position is valid only when the leader was asked for the end of that epoch
      consumer.position(partition, PATIENCE);
      return OptionalLong.of(next);
    } catch (LogTruncationException e) {
      OffsetAndMetadata divergent = e.divergentOffsets().get(partition);
      return divergent == null
          ? OptionalLong.empty()
          : OptionalLong.of(Math.min(next, divergent.offset()));
    } catch (RuntimeException e) {
      throw admin
          .errors()
          .topic(
              "look for the end of what is left of " + partition,
              "DESCRIBE on Topic " + partition.topic(),
              e);
    } finally {
      ClientLibrary.close(consumer, CLOSE_TIMEOUT);
    }
  }

  /** The offset behind the last committed record before {@code end}; the log's start if none is. */
  long committedEnd(TopicPartition partition, long end) {
    return ofCommitted(
        partition,
        "look for the last committed record of " + partition,
        consumer -> {
          List<TopicPartition> only = List.of(partition);
          long start = consumer.beginningOffsets(only, PATIENCE).getOrDefault(partition, 0L);
          // what is open is not committed
          long stable = consumer.endOffsets(only, PATIENCE).getOrDefault(partition, 0L);
          long low = Math.min(end, stable);
          for (long stretch = FIRST_STRETCH; low > start; stretch *= GROWTH) {
            long high = low;
            low = Math.max(start, high - stretch);
            long[] last = {-1};
            read(consumer, partition, low, high, record -> last[0] = record.offset());
            if (last[0] >= 0) {
              return last[0] + 1;
            }
          }
          return start;
        });
  }

  /** Asks something of the committed records of a partition, to which the consumer is assigned. */
  private <T> T ofCommitted(
      TopicPartition partition, String action, Function<Consumer<byte[], byte[]>, T> question) {
    Consumer<byte[], byte[]> consumer = open("read_committed");
    try {
      consumer.assign(List.of(partition));
      return question.apply(consumer);
    } catch (OffsetOutOfRangeException e) {
      throw new RetriableException("the log of " + partition + " has moved on", e);
    } catch (RuntimeException e) {
      throw admin.errors().topic(action, "READ on Topic " + partition.topic(), e);
    } finally {
      ClientLibrary.close(consumer, CLOSE_TIMEOUT);
    }
  }

  private void read(
      Consumer<byte[], byte[]> consumer,
      TopicPartition partition,
      long from,
      long to,
      java.util.function.Consumer<ConsumerRecord<byte[], byte[]>> record) {
    consumer.seek(partition, from);
    long movedAt = System.nanoTime();
    long position = from;
    while (position < to) {
      for (ConsumerRecord<byte[], byte[]> one : consumer.poll(POLL)) {
        if (one.offset() < to) {
          record.accept(one);
        }
      }
      long before = position;
      position = consumer.position(partition, PATIENCE);
      if (position > before) {
        movedAt = System.nanoTime();
      } else if (System.nanoTime() - movedAt > PATIENCE.toNanos()) {
        throw new RetriableException(
            "%s does not give what %s holds from offset %d on"
                .formatted(admin.errors().alias(), partition, position));
      }
    }
  }

  /**
   * The committed records between two offsets.
   *
   * @param fingerprints of the last of them, in order
   * @param timestampsIncluded whether these take in the timestamps
   */
  record Committed(
      long count, List<TargetRun> runs, List<Long> fingerprints, boolean timestampsIncluded) {}

  /** Reads what is committed from one offset to another one. */
  Committed committed(TopicPartition partition, long from, long to) {
    return ofCommitted(
        partition,
        "read what " + partition + " holds",
        consumer -> committed(consumer, partition, from, to));
  }

  private Committed committed(
      Consumer<byte[], byte[]> consumer, TopicPartition partition, long from, long to) {
    List<TargetRun> runs = new ArrayList<>();
    Deque<ConsumerRecord<byte[], byte[]>> last = new ArrayDeque<>();
    read(
        consumer,
        partition,
        from,
        to,
        record -> {
          append(runs, record.offset());
          last.add(record);
          if (last.size() > MOST_FINGERPRINTS) {
            last.remove();
          }
        });
    boolean timed = last.stream().allMatch(Anchor::hasOwnTime);
    List<Long> fingerprints =
        last.stream().map(record -> Anchor.fingerprint(record, timed)).toList();
    long count = runs.stream().mapToLong(TargetRun::count).sum();
    return new Committed(count, runs, fingerprints, timed);
  }

  private static void append(List<TargetRun> runs, long offset) {
    int at = runs.size() - 1;
    if (at >= 0 && runs.get(at).next() == offset) {
      runs.set(at, new TargetRun(runs.get(at).first(), runs.get(at).count() + 1));
    } else {
      runs.add(new TargetRun(offset, 1));
    }
  }
}
