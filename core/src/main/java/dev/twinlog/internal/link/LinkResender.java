package dev.twinlog.internal.link;

import dev.twinlog.ConfigSync;
import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.Gap;
import dev.twinlog.GroupSync;
import dev.twinlog.LinkState;
import dev.twinlog.TopicSync;
import dev.twinlog.internal.engine.LinkEngine;
import dev.twinlog.internal.engine.move.Reverse;
import dev.twinlog.internal.engine.shared.PartitionView;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.options.LinkSettings;
import dev.twinlog.internal.options.Option;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.Source;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs a moved link once more, up to its source's end, with parts of its own: it keeps nothing in
 * step but the records. One run at a time, on the caller's thread.
 */
final class LinkResender implements Reverse.Resender {
  private static final long POLL_MS = 200;

  /** How long nothing may be copied until the caller is told that it does not get on. */
  private static final long STUCK = Duration.ofMinutes(5).toNanos();

  /** Options of the link that decide how its records are copied. */
  private static final List<Option<?>> KEPT =
      List.of(
          LinkOptions.PARTITION_MAPPER,
          LinkOptions.MAX_IN_FLIGHT_BYTES,
          LinkOptions.LANES,
          LinkOptions.THROTTLE,
          LinkOptions.CLOSE_TIMEOUT,
          LinkOptions.CLOCK);

  private final LinkSettings link;
  private final Function<Set<String>, Source> source;
  private final Sink sink;

  /**
   * Connects to nothing yet.
   *
   * @param source makes a source of these topics
   */
  LinkResender(LinkSettings link, Function<Set<String>, Source> source, Sink sink) {
    this.link = link;
    this.source = source;
    this.sink = sink;
  }

  @Override
  public PartitionMapper mapper() {
    return link.get(LinkOptions.PARTITION_MAPPER);
  }

  @Override
  public boolean transforms() {
    return link.find(LinkOptions.TRANSFORM).isPresent();
  }

  @Override
  public void copy(UUID move, Map<String, String> topics, LongConsumer copied) {
    LinkSettings.Builder settings = LinkSettings.builder();
    settings
        .set(LinkOptions.LINK, link.link())
        .set(LinkOptions.SOURCE, source.apply(topics.keySet()))
        .set(LinkOptions.SINK, sink)
        .set(LinkOptions.TOPIC_MAPPER, topic -> topics.getOrDefault(topic, topic))
        .set(LinkOptions.DELIVERY_GUARANTEE, DeliveryGuarantee.EXACTLY_ONCE)
        .set(
            LinkOptions.TOPIC_SYNC,
            TopicSync.defaults().configs(ConfigSync.off()).onGap(Gap.CONTINUE))
        .set(LinkOptions.GROUP_SYNC, GroupSync.off());
    KEPT.forEach(option -> keep(option, settings));
    LinkEngine engine = LinkEngine.continuing(settings.build(), move);
    try {
      engine.start();
      await(engine, copied);
    } finally {
      engine.close();
    }
    if (engine.state() != LinkState.STOPPED || engine.unsavedSince().isPresent()) {
      throw notFinished(engine, "it is %s (%s)".formatted(engine.state(), engine.reason()), null);
    }
  }

  private <T> void keep(Option<T> option, LinkSettings.Builder settings) {
    link.find(option).ifPresent(value -> settings.set(option, value));
  }

  private void await(LinkEngine engine, LongConsumer copied) {
    CompletableFuture<Void> done = engine.whenCaughtUp();
    long before = 0;
    long since = System.nanoTime();
    while (System.nanoTime() - since < STUCK) {
      try {
        done.get(POLL_MS, TimeUnit.MILLISECONDS);
        return;
      } catch (TimeoutException e) {
        long now = copied(engine);
        if (now > before) {
          before = now;
          since = System.nanoTime();
          copied.accept(now);
        }
      } catch (ExecutionException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        throw notFinished(engine, String.valueOf(cause.getMessage()), cause);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw notFinished(engine, "it was interrupted", e);
      }
    }
    throw notFinished(
        engine,
        engine.lastError().map(ReplicationException::getMessage).orElse("nothing is copied"),
        null);
  }

  private static long copied(LinkEngine engine) {
    return engine.partitions().values().stream()
        .map(PartitionView::snapshot)
        .mapToLong(partition -> partition.recordsCopied())
        .sum();
  }

  private static RetriableException notFinished(
      LinkEngine engine, String why, @Nullable Throwable cause) {
    String message =
        "link %s has not copied all that was never copied before: %s; call reverse again"
            .formatted(engine.settings().link(), why);
    return cause == null ? new RetriableException(message) : new RetriableException(message, cause);
  }
}
