package dev.twinlog.internal.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.PartitionVerdict;
import dev.twinlog.Verdict;
import dev.twinlog.VerifyDifference;
import dev.twinlog.VerifyDifference.Kind;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests how long a partition is shown as different. */
final class CurrentVerdictsTest {
  private static final TopicPartition ORDERS = new TopicPartition("orders", 0);
  private static final TopicPartition USERS = new TopicPartition("users", 0);

  private static PartitionVerdict of(TopicPartition source, Verdict verdict) {
    PartitionVerdict.Builder builder = PartitionVerdict.builder(source);
    switch (verdict) {
      case DIFFERENT -> builder.difference(VerifyDifference.of(Kind.MISSING, 3, 3, "not there"));
      case INCONCLUSIVE -> builder.reason("it could not be read");
      case EXACT -> builder.compared(0, 5, 0, 5, 5, 50);
    }
    return builder.build();
  }

  @Test
  void add_ofADifference_isNewOnce_untilAnExactPassHasClearedIt() {
    CurrentVerdicts verdicts = new CurrentVerdicts(1);
    assertThat(verdicts.add(of(ORDERS, Verdict.EXACT))).isFalse();
    assertThat(verdicts.add(of(ORDERS, Verdict.DIFFERENT))).isTrue();
    assertThat(verdicts.add(of(ORDERS, Verdict.DIFFERENT))).isFalse();
    assertThat(verdicts.add(of(ORDERS, Verdict.INCONCLUSIVE))).isFalse();
    assertThat(verdicts.last(ORDERS).verdict()).isEqualTo(Verdict.DIFFERENT);
    assertThat(verdicts.add(of(ORDERS, Verdict.EXACT))).isFalse();
    assertThat(verdicts.last(ORDERS).verdict()).isEqualTo(Verdict.EXACT);
    assertThat(verdicts.add(of(ORDERS, Verdict.DIFFERENT))).isTrue();
  }

  @Test
  void add_ofASample_clearsADifferenceOnlyAfterAllSamplesInARow() {
    CurrentVerdicts verdicts = new CurrentVerdicts(0.3);
    verdicts.add(of(ORDERS, Verdict.DIFFERENT));
    for (int exact = 0; exact < 3; exact++) {
      verdicts.add(of(ORDERS, Verdict.EXACT));
    }
    verdicts.add(of(ORDERS, Verdict.INCONCLUSIVE)); // counts again from here
    for (int exact = 0; exact < 3; exact++) {
      verdicts.add(of(ORDERS, Verdict.EXACT));
      assertThat(verdicts.last(ORDERS).verdict()).isEqualTo(Verdict.DIFFERENT);
    }
    verdicts.add(of(ORDERS, Verdict.EXACT));
    assertThat(verdicts.last(ORDERS).verdict()).isEqualTo(Verdict.EXACT);
  }

  @Test
  void retain_forgetsPartitionsThatHaveLeftTheLink() {
    CurrentVerdicts verdicts = new CurrentVerdicts(1);
    verdicts.add(of(USERS, Verdict.DIFFERENT));
    verdicts.add(of(ORDERS, Verdict.EXACT));
    assertThat(verdicts.all().keySet()).containsExactly(ORDERS, USERS);
    verdicts.retain(Set.of(ORDERS));
    assertThat(verdicts.all().keySet()).containsExactly(ORDERS);
  }
}
