package dev.twinlog.testkit.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests that the model of Kafka answers the same requests as a real broker does, byte by byte. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("long")
final class ModelConformanceIT {
  private RealLab real;

  @BeforeAll
  void start() {
    real = new RealLab();
  }

  @AfterAll
  void stop() {
    real.close();
  }

  @ParameterizedTest
  @EnumSource
  void modelAnswersAsARealBrokerDoes(ConformanceScript script) {
    Asker realOne = new Asker(real);
    script.run(realOne);
    Asker model = new Asker(new ModelLab());
    script.run(model);
    assertThat(model.notes()).isEqualTo(realOne.notes());
  }
}
