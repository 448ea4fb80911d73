package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.InitProducerId;
import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.internal.kafka.wire.net.Received;
import dev.twinlog.internal.kafka.wire.net.Request;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * The producer ids of a writer whose routes are not recovered, so that a record may arrive twice.
 * Brokers keep sequence and epoch per id and partition, so one id serves any number of target
 * partitions, but of each only one route; where several routes feed one, each of them has another
 * id.
 *
 * <p>The ids have no transactional id, so their epochs are counted here (KIP-360), per partition:
 * each time that a route is opened again, its epoch is one higher and its sequences begin at 0.
 * What is still on its way from the former session is refused as soon as the first batch of the new
 * one has landed. That holds within one writer, and while the broker remembers the id: the next
 * writer has ids of its own, and what a broker does late of a former writer's lost requests comes
 * as a duplicate. So does a batch that is sent again when its records are so old that the broker
 * has forgotten the id ({@link BrokerMemory}). Where each record must arrive once, the routes have
 * {@link LedgerIdentities}.
 */
final class CountedIdentities implements Identities {
  /** The last epoch that is used; a new id comes behind it. */
  static final short LAST_EPOCH = Short.MAX_VALUE - 1;

  private final Cluster cluster;
  private final KafkaErrors errors;
  private final WriterSettings settings;
  private final LongSupplier nanoTime;
  private final List<Identity> all = new ArrayList<>(1);
  private boolean wanted;
  private boolean asking;
  private long askAt;
  private long pauseNanos;
  private long version;
  private @Nullable ReplicationException problem;

  CountedIdentities(
      Cluster cluster, KafkaErrors errors, WriterSettings settings, LongSupplier nanoTime) {
    this.cluster = cluster;
    this.errors = errors;
    this.settings = settings;
    this.nanoTime = nanoTime;
    this.askAt = nanoTime.getAsLong();
    this.pauseNanos = settings.retryNanos();
  }

  /** Who a route is in one session: believed to be remembered, come what may. */
  private record Counted(long producerId, short epoch) implements RouteIdentity {
    @Override
    public boolean isKnownToBroker() {
      return false;
    }

    @Override
    public Optional<String> fenced() {
      return Optional.empty();
    }

    @Override
    public boolean isOwned() {
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
    public boolean isOurs(int leaderEpoch, long connection) {
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
    public void landed(long timestamp) {}

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

  /** A producer id, and who has it on which partition. */
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
      return new Counted(producerId, (short) epoch);
    }
  }

  @Override
  public void prepare() {
    problem = null;
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
    ReplicationException trouble = problem;
    if (trouble != null) {
      throw trouble;
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
    if (wanted && !asking && nanoTime.getAsLong() - askAt >= 0) {
      cluster.anyReady().ifPresent(this::ask);
    }
  }

  @Override
  public long nanosToNext() {
    long nanos = askAt - nanoTime.getAsLong();
    return wanted && !asking && nanos > 0 ? nanos : Long.MAX_VALUE;
  }

  @Override
  public boolean ownershipHolds() {
    return true; // no record is promised to arrive once
  }

  @Override
  public boolean mayBeUnderWay(long nanos) {
    return true;
  }

  @Override
  public boolean mindIdleness() {
    return false;
  }

  private void ask(Broker broker) {
    short spoken = cluster.version(broker, Api.INIT_PRODUCER_ID);
    asking = true;
    cluster.send(
        broker,
        new Request(
            Api.INIT_PRODUCER_ID, spoken, InitProducerId.request(), new ResponseHandler(broker)));
  }

  private final class ResponseHandler implements Request.ResponseHandler {
    private final Broker broker;

    ResponseHandler(Broker broker) {
      this.broker = broker;
    }

    @Override
    public void answered(Received received) {
      InitProducerId told = InitProducerId.read(new MessageReader(received.payload()));
      asking = false;
      version++;
      cluster.throttle(broker, told.throttleMs());
      Errors error = Errors.forCode(told.error());
      if (error == Errors.NONE) {
        errors.writable();
        all.add(new Identity(told.producerId(), told.producerEpoch()));
        wanted = false;
        pauseNanos = settings.retryNanos();
      } else if (error.exception() instanceof RetriableException) {
        askAgain();
      } else {
        wanted = false;
        problem =
            errors.writing("get a producer id", "IDEMPOTENT_WRITE on Cluster", error.exception());
      }
    }

    @Override
    public void lost(KafkaException cause) {
      asking = false;
      askAgain();
    }

    private void askAgain() {
      askAt = nanoTime.getAsLong() + pauseNanos;
      pauseNanos = Math.min(2 * pauseNanos, Math.max(pauseNanos, settings.retryMaxNanos()));
    }
  }
}
