package dev.twinlog.benchmarks.versus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class JsonTest {
  @Test
  void of_writesNestedValuesInTheirOrder() {
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("name", "lz4-1");
    value.put("values", Arrays.asList(1, 2.5, true, null));
    value.put("empty", Map.of());

    assertThat(Json.of(value))
        .isEqualToNormalizingWhitespace(
            "{ \"name\": \"lz4-1\", \"values\": [ 1, 2.5, true, null ], \"empty\": {} }");
  }

  @Test
  void of_escapesWhatWouldEndAString() {
    assertThat(Json.of("a \"b\" \\ \n \t")).isEqualTo("\"a \\\"b\\\" \\\\ \\n \\u0009\"\n");
  }

  @Test
  void of_hasNoNumberForInfinity() {
    assertThat(Json.of(List.of(Double.NaN))).isEqualToIgnoringWhitespace("[null]");
  }

  @Test
  void of_refusesOtherKinds() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Json.of(new Object()))
        .withMessageContaining("java.lang.Object");
  }
}
