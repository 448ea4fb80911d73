package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.function.ObjLongConsumer;

/**
 * What a ledger goes by.
 *
 * @param link its name
 * @param times of the target's brokers
 * @param errors how the target's errors are told
 * @param clock by which records are young or old
 * @param nanoTime monotonic time
 * @param retrying is told what keeps a route from being opened now; see {@link
 *     dev.twinlog.spi.PluginContext#retrying}
 * @param ends is told how far a target's log reaches with a marker that was put there
 */
public record LedgerSettings(
    String link,
    TargetTimes times,
    KafkaErrors errors,
    SteadyClock clock,
    LongSupplier nanoTime,
    BiConsumer<Route, RetriableException> retrying,
    ObjLongConsumer<Route> ends) {

  /** Of a ledger that tells nobody anything. */
  public LedgerSettings(
      String link,
      TargetTimes times,
      KafkaErrors errors,
      SteadyClock clock,
      LongSupplier nanoTime) {
    this(link, times, errors, clock, nanoTime, (route, cause) -> {}, (route, end) -> {});
  }
}
