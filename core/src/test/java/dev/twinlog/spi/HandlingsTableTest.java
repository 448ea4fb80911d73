package dev.twinlog.spi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.Tables;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Checks that the table of handlings in {@code core/README.md} has all of them, and no other. */
final class HandlingsTableTest {
  @Test
  void theTableHasEveryHandling() throws IOException {
    assertThat(Tables.names("| handling | when | by |"))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(BatchHandling.values()).map(Enum::name).toList());
  }
}
