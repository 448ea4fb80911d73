package dev.twinlog.internal.kafka.records.transactional;

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
 * Looks up the last records of routes in the target's logs, through the public consumer. Keeps no
 * state between two calls, which block.
 */
final class TailReader {
  private static final Logger LOG = LoggerFactory.getLogger(TailReader.class);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);
  private static final int PARTITION_BYTES = 256 << 10;

  /** So many fingerprints identify an offset of the source, even if many of them are equal. */
  private static final int MAX_FINGERPRINTS = 100;

  private static final long FIRST_RANGE = 1_000;
  private static final int GROWTH = 8;

  private static final int FETCH_BYTES = 4 << 20;

  /**
   * A record to look up.
   *
   * @param from the first offset that it may have
   * @param end the end of the log
   * @param wanted the record; empty to read the one at {@code from}
   * @param exact whether it can only be at {@code from}
   * @param compacted whether records may be missing from the log
   */
  record RecordQuery(
      long from, long end, Optional<LastRecord> wanted, boolean exact, boolean compacted) {}

  /**
   * The result of a lookup.
   *
   * @param gone whether the record is certainly not there
   * @param first the record at {@code from}, or the first one behind it
   * @param found the record, if it was found
   */
  record QueryResult(
      boolean gone,
      Optional<ConsumerRecord<byte[], byte[]>> first,
      Optional<ConsumerRecord<byte[], byte[]>> found) {

    /** Retention or compaction has removed records there, so nothing is proved. */
    static final QueryResult NOTHING = new QueryResult(false, Optional.empty(), Optional.empty());
  }

  private final LazyAdmin admin;
  private final Set<String> denied = ConcurrentHashMap.newKeySet();

  TailReader(LazyAdmin admin) {
    this.admin = admin;
  }

  /** Looks up one record for each route. */
  Map<Route, QueryResult> look(Map<Route, RecordQuery> queries) {
    Map<Route, QueryResult> results = new HashMap<>();
    Map<Route, RecordQuery> left = new LinkedHashMap<>(queries);
    if (left.isEmpty()) {
      return results;
    }
    Consumer<byte[], byte[]> consumer = open("read_uncommitted");
    try {
      while (!left.isEmpty()) {
        // several routes may write to one partition
        Map<TopicPartition, Search> round = new HashMap<>();
        for (Iterator<Map.Entry<Route, RecordQuery>> i = left.entrySet().iterator();
            i.hasNext(); ) {
          Map.Entry<Route, RecordQuery> next = i.next();
          Search search = new Search(next.getKey(), next.getValue());
          if (round.putIfAbsent(next.getKey().target(), search) == null) {
            i.remove();
          }
        }
        read(consumer, round, results);
      }
      return results;
    } catch (RuntimeException e) {
      throw admin.errors().link("read the last records of its target topics", e);
    } finally {
      ClientLibrary.close(consumer, CLOSE_TIMEOUT);
    }
  }

  /**
   * Opens a consumer for one query.
   *
   * @param isolation an open transaction must not hide a record that is looked up, and must not
   *     count as copied
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

  /** One lookup in progress. */
  private static final class Search {
    private final Route route;
    private final RecordQuery query;
    private @Nullable ConsumerRecord<byte[], byte[]> first;

    Search(Route route, RecordQuery query) {
      this.route = route;
      this.query = query;
    }

    /** Returns the result that a record gives; null to continue reading. */
    @Nullable QueryResult take(ConsumerRecord<byte[], byte[]> record) {
      boolean isFirst = first == null;
      if (isFirst) {
        first = record;
      }
      boolean hole = isFirst && record.offset() > query.from();
      if (query.wanted().isEmpty()) {
        return result(false, hole ? null : record);
      }
      boolean matches =
          (!query.exact() || record.offset() == query.from())
              && LocatedRecord.matches(query.wanted().get(), record);
      if (matches) {
        return result(false, record);
      }
      if (hole && query.compacted()) {
        return result(false, null);
      }
      return query.exact() ? result(true, null) : null;
    }

    /** Returns the result at the end of the log. */
    QueryResult atEnd() {
      return result(query.wanted().isPresent() && !query.compacted(), null);
    }

    private QueryResult result(boolean gone, @Nullable ConsumerRecord<byte[], byte[]> found) {
      return new QueryResult(gone, Optional.ofNullable(first), Optional.ofNullable(found));
    }
  }

  private void read(
      Consumer<byte[], byte[]> consumer,
      Map<TopicPartition, Search> round,
      Map<Route, QueryResult> results) {
    consumer.assign(round.keySet());
    round.forEach((partition, search) -> consumer.seek(partition, search.query.from()));
    Map<TopicPartition, Search> left = new HashMap<>(round);
    long movedAt = System.nanoTime();
    while (!left.isEmpty()) {
      ConsumerRecords<byte[], byte[]> records;
      try {
        records = consumer.poll(POLL);
      } catch (OffsetOutOfRangeException e) {
        // trimmed, or truncated just now: the next check finds out
        e.offsetOutOfRangePartitions().keySet().forEach(gone -> trimmed(gone, left, results));
        consumer.assign(left.keySet());
        continue;
      } catch (TopicAuthorizationException e) {
        denied(e.unauthorizedTopics(), left, results);
        consumer.assign(left.keySet());
        continue;
      }
      int before = left.size();
      Set<TopicPartition> done = take(consumer, records, left, results);
      long now = System.nanoTime();
      if (!records.isEmpty() || left.size() < before) {
        movedAt = now;
      } else if (now - movedAt > PATIENCE.toNanos()) {
        throw new RetriableException(
            "%s does not return the records of %s"
                .formatted(admin.errors().alias(), left.keySet()));
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
      Map<Route, QueryResult> results) {
    Set<TopicPartition> done = new HashSet<>();
    left.forEach(
        (partition, search) -> {
          QueryResult result = null;
          for (ConsumerRecord<byte[], byte[]> record : records.records(partition)) {
            result = search.take(record);
            if (result != null) {
              break;
            }
          }
          if (result == null && consumer.position(partition, PATIENCE) >= search.query.end()) {
            result = search.atEnd();
          }
          if (result != null) {
            results.put(search.route, result);
            done.add(partition);
          }
        });
    left.keySet().removeAll(done);
    return done;
  }

  /** Continues without the permission, as links do that don't need this check. */
  private void denied(
      Set<String> topics, Map<TopicPartition, Search> left, Map<Route, QueryResult> results) {
    for (String topic : topics) {
      if (denied.add(topic)) {
        LOG.warn(
            "it is not checked whether {} loses the ends of {}: that requires READ on Topic {}",
            admin.errors().alias(),
            topic,
            topic);
      }
    }
    for (TopicPartition partition : List.copyOf(left.keySet())) {
      if (topics.contains(partition.topic())) {
        trimmed(partition, left, results);
      }
    }
  }

  private void trimmed(
      TopicPartition partition, Map<TopicPartition, Search> left, Map<Route, QueryResult> results) {
    Search search = left.remove(partition);
    if (search != null) {
      results.put(search.route, QueryResult.NOTHING);
    }
  }

  /**
   * Returns the offset at which the log diverges from the one that a leader of this epoch had, at
   * most {@code next}, by the leader epochs that brokers keep (KIP-320); empty if the leader can't
   * determine it.
   */
  OptionalLong commonEnd(TopicPartition partition, long next, int leaderEpoch) {
    Consumer<byte[], byte[]> consumer = open("read_uncommitted");
    try {
      consumer.assign(List.of(partition));
      // a position is validated only if the leader's epoch is known when it is set
      consumer.endOffsets(List.of(partition), PATIENCE);
      consumer.seek(partition, new OffsetAndMetadata(next, Optional.of(leaderEpoch), ""));
      // the position is valid only after the leader was queried for the end of that epoch
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
              "look for the end of the surviving records of " + partition,
              "DESCRIBE on Topic " + partition.topic(),
              e);
    } finally {
      ClientLibrary.close(consumer, CLOSE_TIMEOUT);
    }
  }

  /**
   * Returns the offset behind the last committed record before {@code end}; the log's start if
   * there is none.
   */
  long committedEnd(TopicPartition partition, long end) {
    return ofCommitted(
        partition,
        "look for the last committed record of " + partition,
        consumer -> {
          List<TopicPartition> only = List.of(partition);
          long start = consumer.beginningOffsets(only, PATIENCE).getOrDefault(partition, 0L);
          // records of open transactions are not committed
          long stable = consumer.endOffsets(only, PATIENCE).getOrDefault(partition, 0L);
          long low = Math.min(end, stable);
          for (long range = FIRST_RANGE; low > start; range *= GROWTH) {
            long high = low;
            low = Math.max(start, high - range);
            long[] last = {-1};
            read(consumer, partition, low, high, record -> last[0] = record.offset());
            if (last[0] >= 0) {
              return last[0] + 1;
            }
          }
          return start;
        });
  }

  /** Runs a query on the committed records of a partition, to which the consumer is assigned. */
  private <T> T ofCommitted(
      TopicPartition partition, String action, Function<Consumer<byte[], byte[]>, T> question) {
    Consumer<byte[], byte[]> consumer = open("read_committed");
    try {
      consumer.assign(List.of(partition));
      return question.apply(consumer);
    } catch (OffsetOutOfRangeException e) {
      throw new RetriableException("the log of " + partition + " was trimmed meanwhile", e);
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
            "%s does not return the records of %s from offset %d on"
                .formatted(admin.errors().alias(), partition, position));
      }
    }
  }

  /**
   * The committed records between two offsets.
   *
   * @param fingerprints of the last of them, in order
   * @param timestampsIncluded whether the fingerprints include the timestamps
   */
  record Committed(
      long count, List<TargetRun> runs, List<Long> fingerprints, boolean timestampsIncluded) {}

  /** Reads the committed records between two offsets. */
  Committed committed(TopicPartition partition, long from, long to) {
    return ofCommitted(
        partition,
        "read the records of " + partition,
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
          if (last.size() > MAX_FINGERPRINTS) {
            last.remove();
          }
        });
    boolean timed = last.stream().allMatch(LocatedRecord::hasOwnTime);
    List<Long> fingerprints =
        last.stream().map(record -> LocatedRecord.fingerprint(record, timed)).toList();
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
