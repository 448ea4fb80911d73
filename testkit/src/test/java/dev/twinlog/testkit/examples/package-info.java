/**
 * Complete examples for authors of sources, sinks and transforms; they import the JDK, {@code
 * dev.twinlog.spi} and Kafka's public value types only.
 *
 * <ul>
 *   <li>{@link dev.twinlog.testkit.examples.JdbcSink}: exactly once into a database, through a
 *       client that blocks;
 *   <li>{@link dev.twinlog.testkit.examples.HttpSink}: at least once to a web server, through a
 *       client that does not block;
 *   <li>{@link dev.twinlog.testkit.examples.FileSource} with its {@link
 *       dev.twinlog.testkit.examples.FileReader}: the lines of files, while they grow;
 *   <li>{@link dev.twinlog.testkit.examples.MaskingTransform}: masks parts of values.
 * </ul>
 *
 * <p>{@code ExampleContractsTest} runs the testkit's contract tests on them, {@code ExamplesTest}
 * and {@code ExamplesIT} run links with them.
 */
package dev.twinlog.testkit.examples;
