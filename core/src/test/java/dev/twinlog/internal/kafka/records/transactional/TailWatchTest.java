package dev.twinlog.internal.kafka.records.transactional;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.cluster.PartitionOffsets.End;
import dev.twinlog.internal.kafka.records.transactional.TailReader.QueryResult;
import dev.twinlog.internal.kafka.records.transactional.TailReader.RecordQuery;
import dev.twinlog.internal.kafka.records.transactional.TailWatch.AppendedRange;
import dev.twinlog.internal.kafka.state.PositionTopic.LastRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

/** Tests when a transaction checks the records before its own, and how it handles the results. */
final class TailWatchTest {
  private static final Route ROUTE =
      new Route(new TopicPartition("s", 0), new TopicPartition("t", 0));
  private static final LocatedRecord LAST = new LocatedRecord(99, new LastRecord(1, 2, 3));

  private final RouteSessions sessions = new RouteSessions();
  private final Map<TopicPartition, End> ends = new HashMap<>();
  private final List<RecordQuery> lookup = new ArrayList<>();
  private int questions;
  private boolean gone;

  private final TailWatch watch =
      new TailWatch(sessions, this::ends, this::look, topic -> false, "eu-west");

  private final TransactionalRoute route =
      new TransactionalRoute(
          ROUTE,
          new RouteSession(7, "lz4", false, Map.of(), new RouteTail(LAST, 3, 0)),
          new ProducerInstance(
              "id",
              new MockProducer<>(
                  true,
                  new RoundRobinPartitioner(),
                  new ByteArraySerializer(),
                  new ByteArraySerializer())));

  private Map<TopicPartition, End> ends(Collection<TopicPartition> partitions) {
    questions++;
    return ends;
  }

  private Map<Route, QueryResult> look(Map<Route, RecordQuery> queries) {
    lookup.addAll(queries.values());
    Map<Route, QueryResult> seen = new HashMap<>();
    queries
        .keySet()
        .forEach(one -> seen.put(one, new QueryResult(gone, Optional.empty(), Optional.empty())));
    return seen;
  }

  private boolean confirms(long first, long next, long nowNanos) {
    return watch.confirms(
        List.of(new AppendedRange(route, OptionalLong.of(first), OptionalLong.of(next))), nowNanos);
  }

  @Test
  void recordsThatLandAtTheEnd_costNoQuestion_forAWhile() {
    sessions.setEnd(ROUTE.target(), 101);
    assertThat(confirms(101, 111, RouteTail.TRUST_NANOS)).isTrue();
    assertThat(questions).isZero();
    ends.put(ROUTE.target(), new End(111, 3));
    assertThat(confirms(101, 111, RouteTail.TRUST_NANOS + 1)).isTrue();
    assertThat(questions).isOne();
    assertThat(confirms(101, 111, RouteTail.TRUST_NANOS + 2)).isTrue();
    assertThat(questions).isOne();
    assertThat(lookup).as("the leader is the same").isEmpty();
  }

  @Test
  void recordsThatLandElsewhere_underAnotherLeader_areConfirmedByALook() {
    sessions.setEnd(ROUTE.target(), 101);
    ends.put(ROUTE.target(), new End(1_510, 5));
    assertThat(confirms(1_500, 1_510, 1)).isTrue();
    assertThat(lookup)
        .containsExactly(new RecordQuery(99, 1_510, Optional.of(LAST.last()), true, false));
    assertThat(route.tail().leaderEpoch()).isEqualTo(5);
  }

  @Test
  void aLastRecordThatIsGone_failsTheRoute() {
    ends.put(ROUTE.target(), new End(1_510, 5));
    gone = true;
    assertThat(confirms(1_500, 1_510, 1)).isFalse();
    assertThat(route.failure()).isInstanceOf(RetriableException.class);
    assertThat(route.failure())
        .hasMessageContaining("no longer holds the last record of s-0 -> t-0 at offset 99");
  }

  @Test
  void recordsThatLandBeforeTheLastOne_failTheRoute_withoutAnyQuestion() {
    assertThat(confirms(50, 60, 1)).isFalse();
    assertThat(route.failure()).hasMessageContaining("at offset 99");
    assertThat(questions).isZero();
  }

  @Test
  void aFormerLeader_thatDoesNotKnowWhatHasLanded_provesNothing() {
    ends.put(ROUTE.target(), new End(1_509, 3));
    assertThat(confirms(1_500, 1_510, 1)).isFalse();
    assertThat(route.failure()).hasMessageContaining("can't be queried now for the records of t-0");
  }
}
