package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.wire.ledger.session.SteadyClock;
import dev.twinlog.internal.kafka.wire.ledger.session.TargetTimes;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.function.ObjLongConsumer;

/**
 * The settings of a ledger.
 *
 * @param link the link's name
 * @param times of the target's brokers
 * @param errors maps the target's errors to exceptions
 * @param clock tells how old records are
 * @param nanoTime monotonic time
 * @param retrying receives what keeps a route from being opened now; see {@link
 *     dev.twinlog.spi.PluginContext#retrying}
 * @param ends receives the end offset of a target's log after a marker was written to it
 */
public record LedgerSettings(
    String link,
    TargetTimes times,
    KafkaErrors errors,
    SteadyClock clock,
    LongSupplier nanoTime,
    BiConsumer<Route, RetriableException> retrying,
    ObjLongConsumer<Route> ends) {

  /** Settings without listeners. */
  public LedgerSettings(
      String link,
      TargetTimes times,
      KafkaErrors errors,
      SteadyClock clock,
      LongSupplier nanoTime) {
    this(link, times, errors, clock, nanoTime, (route, cause) -> {}, (route, end) -> {});
  }
}
