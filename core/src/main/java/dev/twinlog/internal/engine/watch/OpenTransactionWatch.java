package dev.twinlog.internal.engine.watch;

import dev.twinlog.internal.engine.duty.Duty;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.LinkFailure;
import dev.twinlog.internal.engine.shared.PartitionFigures;
import dev.twinlog.spi.OpenTransactions;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports, once per transaction, partitions whose last stable offset an open transaction has held
 * back for longer than the default maximum of a transaction: it is a hanging transaction (KIP-664).
 * Confined to the control thread.
 */
public final class OpenTransactionWatch implements Duty {
  private static final Logger LOG = LoggerFactory.getLogger(OpenTransactionWatch.class);

  /** The default of a broker's {@code transaction.max.timeout.ms}. */
  public static final Duration LONG = Duration.ofMinutes(15);

  private static final Duration INTERVAL = Duration.ofSeconds(1);

  private final Link link;
  private final Map<TopicPartition, Instant> reported = new HashMap<>();

  public OpenTransactionWatch(Link link) {
    this.link = link;
  }

  @Override
  public String name() {
    return "open transactions";
  }

  @Override
  public Duration interval() {
    return INTERVAL;
  }

  @Override
  public Optional<Supplier<Runnable>> prepare() {
    Instant longAgo = link.time().clock().instant().minus(LONG);
    Map<TopicPartition, Instant> held = new HashMap<>();
    for (PartitionFigures figures : link.allFigures().values()) {
      figures
          .heldBackSince()
          .filter(since -> !since.isAfter(longAgo))
          .ifPresent(since -> held.put(figures.source(), since));
    }
    reported.entrySet().removeIf(each -> !each.getValue().equals(held.get(each.getKey())));
    held.keySet().removeAll(reported.keySet());
    return held.isEmpty() ? Optional.empty() : Optional.of(() -> ask(held));
  }

  /** Asks the source for the producers, and reports without them if it doesn't answer. Calls. */
  private Runnable ask(Map<TopicPartition, Instant> held) {
    Optional<OpenTransactions> source = link.settings().sourceAbilities().openTransactions();
    try {
      Map<TopicPartition, List<Long>> producers =
          source.isPresent() ? source.get().openTransactions(held.keySet()) : Map.of();
      return () -> reportAll(held, producers);
    } catch (RuntimeException e) {
      return () -> {
        link.error(LinkFailure.asReplicationException(e));
        reportAll(held, Map.of());
      };
    }
  }

  private void reportAll(
      Map<TopicPartition, Instant> held, Map<TopicPartition, List<Long>> producers) {
    held.forEach(
        (source, since) -> report(source, since, Optional.ofNullable(producers.get(source))));
  }

  private void report(TopicPartition source, Instant since, Optional<List<Long>> producers) {
    reported.put(source, since);
    PartitionFigures figures = link.allFigures().get(source);
    long offsets = figures == null ? 0 : Math.max(0, figures.heldBack());
    LOG.warn(
        "link {}: an open transaction has held {} offsets of {} back since {}; {}",
        link.name(),
        offsets,
        source,
        since,
        producers
            .map(ids -> "producer ids with one open: " + ids)
            .orElse("the producer ids are not available"));
    link.events().post(listener -> listener.heldBack(source, offsets, since, producers));
  }
}
