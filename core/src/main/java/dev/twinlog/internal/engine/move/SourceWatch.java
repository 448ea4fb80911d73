package dev.twinlog.internal.engine.move;

import dev.twinlog.spi.LogEnds;
import dev.twinlog.spi.LogEnds.OpenTransaction;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StartPosition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Waits until a source is not written any more, and reads its ends. Confined to one thread. */
final class SourceWatch {
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(20);
  private static final int LOOKS = 4;
  private static final Duration LAST_QUESTION = Duration.ofSeconds(5);

  private final Source source;
  private final LogEnds logs;
  private final SwitchoverParts parts;
  private final Asking asking;
  private final Waits waits;
  private final MoveScope scope;

  /** Why the source was not quiet when it was last looked at. */
  private String why = "";

  private Set<TopicPartition> busy = Set.of();

  SourceWatch(SwitchoverParts parts, Asking asking, Waits waits, MoveScope scope) {
    this.source = parts.source();
    this.logs = parts.sourceAbilities().logEnds().orElseThrow();
    this.parts = parts;
    this.asking = asking;
    this.waits = waits;
    this.scope = scope;
  }

  /**
   * The ends of all partitions.
   *
   * @param readable up to where a reader may read
   * @param logs up to where there are records, of which open transactions hold some back
   */
  record Ends(Map<TopicPartition, Long> readable, Map<TopicPartition, Long> logs) {
    /** Those of which a transaction is open. */
    Set<TopicPartition> open() {
      Set<TopicPartition> open = new HashSet<>();
      logs.forEach(
          (partition, end) -> {
            if (readable.getOrDefault(partition, end) < end) {
              open.add(partition);
            }
          });
      return open;
    }
  }

  /**
   * Reads the ends of all partitions in scope that the source has now.
   *
   * @throws RetriableException if one is not known
   */
  Ends ends() {
    List<SourcePartition> found = waits.await(asking.ask(source::partitions), "listing partitions");
    Map<TopicPartition, StartPosition> latest = new HashMap<>();
    found.stream()
        .map(SourcePartition::partition)
        .filter(scope::includes)
        .forEach(partition -> latest.put(partition, StartPosition.latest()));
    if (latest.isEmpty()) {
      return new Ends(Map.of(), Map.of());
    }
    Map<TopicPartition, Long> readable =
        waits.await(asking.ask(() -> source.resolve(latest)), "asking for the source's ends");
    // these after those: a record between the two counts as one of an open transaction
    Map<TopicPartition, Long> all =
        waits.await(asking.ask(() -> logs.logEnds(latest.keySet())), "asking for the log ends");
    Set<TopicPartition> unknown = new HashSet<>(latest.keySet());
    unknown.removeIf(partition -> readable.containsKey(partition) && all.containsKey(partition));
    if (!unknown.isEmpty()) {
      throw new RetriableException("no leader answers for %s".formatted(unknown));
    }
    return new Ends(Map.copyOf(readable), Map.copyOf(all));
  }

  /**
   * Waits until the ends have not changed for long enough, and no transaction is open.
   *
   * @throws RetriableException if that is not so before the deadline; the message says why
   */
  Ends untilQuiet() {
    Duration quiet = parts.options().quietFor();
    Duration pause = between(quiet);
    @Nullable Ends last = null;
    long since = 0;
    while (true) {
      long begun = parts.time().nanoTime();
      Ends now = look();
      if (now == null || !now.equals(last)) {
        note(last, now);
        last = now;
        since = begun;
      }
      if (now != null && now.open().isEmpty() && begun - since >= quiet.toNanos()) {
        return now;
      }
      if (waits.deadline().isOver()) {
        throw notQuiet();
      }
      pause(pause);
    }
  }

  private void pause(Duration pause) {
    try {
      waits.pause(pause);
    } catch (RetriableException e) {
      if (waits.deadline().isOver()) {
        throw notQuiet();
      }
      throw e;
    }
  }

  /** A look often enough within the time in which nothing may change. */
  private static Duration between(Duration quiet) {
    Duration share = quiet.dividedBy(LOOKS);
    Duration most = share.compareTo(LONGEST_PAUSE) < 0 ? share : LONGEST_PAUSE;
    return most.compareTo(SHORTEST_PAUSE) > 0 ? most : SHORTEST_PAUSE;
  }

  /** The ends; null if they are not known now. */
  private @Nullable Ends look() {
    try {
      return ends();
    } catch (RetriableException e) {
      if (waits.deadline().isOver()) {
        throw notQuiet();
      }
      if (waits.isOver()) {
        throw e;
      }
      why = String.valueOf(e.getMessage());
      return null;
    }
  }

  private void note(@Nullable Ends last, @Nullable Ends now) {
    if (now == null) {
      return;
    }
    busy = now.open();
    if (last != null) {
      Map<TopicPartition, String> changed = new TreeMap<>(StoredMove.BY_NAME);
      now.logs()
          .forEach(
              (partition, end) -> {
                Long before = last.logs().get(partition);
                if (!end.equals(before)) {
                  changed.put(partition, "from %s to %d".formatted(before, end));
                }
              });
      why = changed.isEmpty() ? why : "records were written: " + StoredMove.listed(changed);
    }
  }

  private RetriableException notQuiet() {
    List<String> reasons = new ArrayList<>();
    if (!busy.isEmpty()) {
      reasons.add("transactions are open: " + transactions());
    }
    if (!why.isEmpty()) {
      reasons.add(why);
    }
    return new RetriableException(
        "the source was not quiet for %s within the timeout of %s%s"
            .formatted(
                parts.options().quietFor(),
                parts.options().timeout(),
                reasons.isEmpty() ? "" : ": " + String.join("; ", reasons)));
  }

  /** Those that are open, as far as the source says it soon. */
  private String transactions() {
    Waits soon =
        new Waits(new Deadline(parts.time(), LAST_QUESTION), new CompletableFuture<Void>());
    try {
      List<OpenTransaction> open =
          soon.await(
              asking.ask(() -> logs.describeTransactions(busy)), "listing open transactions");
      Map<TopicPartition, String> named = new TreeMap<>(StoredMove.BY_NAME);
      open.forEach(one -> named.merge(one.partition(), one.who(), "%s, %s"::formatted));
      return named.isEmpty() ? busy.toString() : StoredMove.listed(named);
    } catch (ReplicationException e) {
      return busy + ", and their producers are not known, since " + e.getMessage();
    }
  }
}
