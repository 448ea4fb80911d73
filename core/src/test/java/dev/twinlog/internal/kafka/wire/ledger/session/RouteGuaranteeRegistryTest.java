package dev.twinlog.internal.kafka.wire.ledger.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.twinlog.internal.kafka.wire.ledger.session.RouteGuaranteeRegistry.Author;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class RouteGuaranteeRegistryTest {
  private static final Route ROUTE =
      new Route(new TopicPartition("s", 0), new TopicPartition("t", 0));

  private final RouteGuaranteeRegistry registry = new RouteGuaranteeRegistry();

  @Test
  void aRoute_isExactOnlyIfAllAuthorsSayExact() {
    registry.put(ROUTE, Author.WRITER, new Guarantee(true, "old records"));
    registry.put(ROUTE, Author.LEDGER, new Guarantee(false, "may repeat"));
    assertThat(registry.guarantees())
        .containsExactly(entry(ROUTE, new Guarantee(false, "may repeat; old records")));
  }

  @Test
  void anAuthor_removesOnlyItsOwn() {
    registry.put(ROUTE, Author.WRITER, new Guarantee(true, "old records"));
    registry.put(ROUTE, Author.LEDGER, new Guarantee(false, "may repeat"));
    registry.remove(ROUTE, Author.LEDGER);
    assertThat(registry.guarantees().get(ROUTE)).isEqualTo(new Guarantee(true, "old records"));
    registry.remove(ROUTE, Author.WRITER);
    registry.remove(ROUTE, Author.WRITER);
    assertThat(registry.guarantees()).isEmpty();
  }
}
