package dev.twinlog.internal.kafka.wire.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.twinlog.internal.kafka.wire.ledger.GuaranteeBoard.Author;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class GuaranteeBoardTest {
  private static final Route ROUTE =
      new Route(new TopicPartition("s", 0), new TopicPartition("t", 0));

  private final GuaranteeBoard board = new GuaranteeBoard();

  @Test
  void whatAllSayOfARoute_isExactOnlyIfNobodySaysOtherwise() {
    board.put(ROUTE, Author.WRITER, new Guarantee(true, "old records"));
    board.put(ROUTE, Author.LEDGER, new Guarantee(false, "may repeat"));
    assertThat(board.guarantees())
        .containsExactly(entry(ROUTE, new Guarantee(false, "may repeat; old records")));
  }

  @Test
  void oneAuthor_takesBackOnlyItsOwn() {
    board.put(ROUTE, Author.WRITER, new Guarantee(true, "old records"));
    board.put(ROUTE, Author.LEDGER, new Guarantee(false, "may repeat"));
    board.remove(ROUTE, Author.LEDGER);
    assertThat(board.guarantees().get(ROUTE)).isEqualTo(new Guarantee(true, "old records"));
    board.remove(ROUTE, Author.WRITER);
    board.remove(ROUTE, Author.WRITER);
    assertThat(board.guarantees()).isEmpty();
  }
}
