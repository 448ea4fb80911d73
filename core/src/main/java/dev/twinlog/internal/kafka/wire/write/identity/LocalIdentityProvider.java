package dev.twinlog.internal.kafka.wire.write.identity;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.ProducerRegistry;
import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.InitProducerId;
import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.internal.kafka.wire.net.Received;
import dev.twinlog.internal.kafka.wire.net.Request;
import dev.twinlog.internal.kafka.wire.write.batch.ProduceBatch;
import dev.twinlog.internal.kafka.wire.write.batch.WriterSettings;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Producer ids for a writer whose routes are not recovered, so that a record may be written twice.
 * Brokers keep sequence and epoch per producer id and partition, so one id serves any number of
 * target partitions, but only one route of each; where several routes write to one partition, each
 * of them gets another id.
 *
 * <p>The ids have no transactional id, so the epochs are counted here (KIP-360), per partition:
 * each time a route is opened again, its epoch is one higher and its sequences begin at 0. Requests
 * of the former session that are still in flight are refused as soon as the first batch of the new
 * session was appended. That holds within one writer, and while the broker keeps the producer
 * state: the next writer has other ids, and a request that a former writer lost and the broker
 * handles late is appended as a duplicate. So is a batch that is sent again when its records are so
 * old that the broker has dropped the producer ({@link ProducerStateExpiry}). Where each record
 * must be written once, the routes use {@link LedgerIdentityProvider}.
 */
public final class LocalIdentityProvider implements IdentityProvider {
  /** The last epoch that is used; after it the route gets a new producer id. */
  static final short LAST_EPOCH = Short.MAX_VALUE - 1;

  private final Cluster cluster;
  private final KafkaErrors errors;
  private final WriterSettings settings;
  private final ProducerRegistry producers;
  private final LongSupplier nanoTime;
  private final List<Identity> all = new ArrayList<>(1);
  private boolean wanted;
  private boolean requestPending;
  private long requestAt;
  private long backoffNanos;
  private long version;
  private @Nullable ReplicationException failure;

  /** An identity that is not used before its producer id is in the link's registry. */
  private @Nullable Identity unentered;

  private @Nullable CompletableFuture<Void> entering;

  public LocalIdentityProvider(
      Cluster cluster,
      KafkaErrors errors,
      WriterSettings settings,
      ProducerRegistry producers,
      LongSupplier nanoTime) {
    this.producers = producers;
    this.cluster = cluster;
    this.errors = errors;
    this.settings = settings;
    this.nanoTime = nanoTime;
    this.requestAt = nanoTime.getAsLong();
    this.backoffNanos = settings.retryNanos();
  }

  /** The identity of a route in one session; it claims that the broker always remembers it. */
  private record LocalIdentity(long producerId, short epoch) implements RouteIdentity {
    @Override
    public boolean isFirstBatchAlone() {
      return true;
    }

    @Override
    public Optional<String> fenced() {
      return Optional.empty();
    }

    @Override
    public boolean fencedOnlyByOwner() {
      return false;
    }

    @Override
    public boolean isRemembered(long oldest) {
      return true;
    }

    @Override
    public boolean mayBeForgotten() {
      return true;
    }

    @Override
    public boolean ownershipHolds(int leaderEpoch, long connection) {
      return true;
    }

    @Override
    public boolean prove(int leaderEpoch, long connection) {
      return false;
    }

    @Override
    public void sent(ProduceBatch batch) {}

    @Override
    public void acknowledged(ProduceBatch batch) {}

    @Override
    public void lost(long throttledNanos) {}

    @Override
    public void appended(long timestamp) {}

    @Override
    public boolean idle() {
      return false;
    }

    @Override
    public Optional<TailWatch> tail() {
      return Optional.empty();
    }

    @Override
    public void ended() {}
  }

  /** A producer id, the routes that use it, and their next epochs. */
  private static final class Identity {
    final long producerId;
    final short firstEpoch;
    final Map<TopicPartition, Route> holders = new HashMap<>();
    final Map<Route, Integer> nextEpochs = new HashMap<>();

    Identity(long producerId, short firstEpoch) {
      this.producerId = producerId;
      this.firstEpoch = firstEpoch;
    }

    @Nullable RouteIdentity next(Route route) {
      Route holder = holders.putIfAbsent(route.target(), route);
      if (holder != null && !holder.equals(route)) {
        return null;
      }
      int epoch = nextEpochs.getOrDefault(route, (int) firstEpoch);
      if (epoch > LAST_EPOCH) {
        return null;
      }
      nextEpochs.put(route, epoch + 1);
      return new LocalIdentity(producerId, (short) epoch);
    }
  }

  @Override
  public void prepare() {
    failure = null;
    wanted |= all.isEmpty();
  }

  @Override
  public Optional<RouteIdentity> next(Route route) {
    for (Identity identity : all) {
      RouteIdentity next = identity.next(route);
      if (next != null) {
        return Optional.of(next);
      }
    }
    ReplicationException cause = failure;
    if (cause != null) {
      throw cause;
    }
    wanted = true;
    return Optional.empty();
  }

  @Override
  public long version() {
    return version;
  }

  @Override
  public void step() {
    if (unentered != null) {
      enter(unentered);
    } else if (wanted && !requestPending && nanoTime.getAsLong() - requestAt >= 0) {
      cluster.anyReady().ifPresent(this::request);
    }
  }

  @Override
  public long nanosToNext() {
    long nanos = requestAt - nanoTime.getAsLong();
    return wanted && !requestPending && entering == null && nanos > 0 ? nanos : Long.MAX_VALUE;
  }

  @Override
  public boolean ownershipHolds() {
    return true; // duplicates are allowed, so ownership needs no proof
  }

  @Override
  public boolean mayBeInFlight(long nanos) {
    return true;
  }

  @Override
  public boolean refreshIdleRoutes() {
    return false;
  }

  private void request(Broker broker) {
    short spoken = cluster.version(broker, Api.INIT_PRODUCER_ID);
    requestPending = true;
    cluster.send(
        broker,
        new Request(
            Api.INIT_PRODUCER_ID, spoken, InitProducerId.request(), new ResponseHandler(broker)));
  }

  /** Enters an identity into the registry; once that is done it may be used. */
  private void enter(Identity identity) {
    CompletableFuture<Void> done = entering;
    if (done == null) {
      if (nanoTime.getAsLong() - requestAt < 0) {
        return;
      }
      done = entering(identity.producerId);
      entering = done;
      var unused = done.whenComplete((any, error) -> cluster.wakeup());
    }
    if (!done.isDone()) {
      return;
    }
    entering = null;
    if (done.isCompletedExceptionally()) {
      scheduleRetry(); // the link's own saves fail as well, and say why
      return;
    }
    unentered = null;
    all.add(identity);
    wanted = false;
    version++;
    backoffNanos = settings.retryNanos();
  }

  private CompletableFuture<Void> entering(long producerId) {
    try {
      return producers.enter(producerId).toCompletableFuture();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void scheduleRetry() {
    requestAt = nanoTime.getAsLong() + backoffNanos;
    backoffNanos = Math.min(2 * backoffNanos, Math.max(backoffNanos, settings.retryMaxNanos()));
  }

  private final class ResponseHandler implements Request.ResponseHandler {
    private final Broker broker;

    ResponseHandler(Broker broker) {
      this.broker = broker;
    }

    @Override
    public void answered(Received received) {
      InitProducerId answer = InitProducerId.read(new MessageReader(received.payload()));
      requestPending = false;
      version++;
      cluster.throttle(broker, answer.throttleMs());
      Errors error = Errors.forCode(answer.error());
      if (error == Errors.NONE) {
        errors.writable();
        Identity identity = new Identity(answer.producerId(), answer.producerEpoch());
        unentered = identity;
        enter(identity);
      } else if (error.exception() instanceof RetriableException) {
        scheduleRetry();
      } else {
        wanted = false;
        failure =
            errors.writing("get a producer id", "IDEMPOTENT_WRITE on Cluster", error.exception());
      }
    }

    @Override
    public void lost(KafkaException cause) {
      requestPending = false;
      scheduleRetry();
    }
  }
}
