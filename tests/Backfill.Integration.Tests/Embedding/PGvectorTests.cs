using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Backfill.Core.Embedding;

namespace Backfill.Integration.Tests.Embedding;

/// <summary>The vector columns of pgvector, in PGlite from npm: one connection at a time is what it can.</summary>
public sealed class PGvectorTests
{
    [Theory]
    [InlineData("vector(384)")]
    [InlineData("halfvec(384)")]
    [InlineData("vector")]
    public async Task Vectors_are_written_and_found_again(string type)
    {
        await using var server = await PGliteServer.StartAsync();
        await using var stored = await EmbeddingDatabase.CreateAsync(server.ConnectionString, type);
        await stored.FillAsync(60, 60, 10);
        await stored.ExecuteAsync("UPDATE issues SET title = 'Bump', body = 'the same' WHERE number % 2 = 0");

        var first = await stored.RunAsync(new HookedProvider());
        var second = await stored.RunAsync(new HookedProvider());

        Assert.Equal((RunState.Completed, 101, 29), (first.State, first.Embedded, first.Reused));
        Assert.Equal((RunState.Completed, 130), (second.State, second.Unchanged));
        Assert.Equal(
            type == "vector" ? null : 384,
            await EmbeddingScope.ColumnDimensionsAsync(stored.Database, default)
        );
        // Half the precision moves a vector a little: the nearest one is its own all the same.
        Assert.Equal(
            59L,
            await stored.ReadAsync<long>(
                $"""
                SELECT count(*) FROM pull_requests p
                 WHERE p.number > 1
                   AND p.number = (SELECT o.number FROM pull_requests o ORDER BY o.embedding <=> p.embedding, o.number LIMIT 1)
                """
            )
        );
        if (type != "halfvec(384)")
        {
            Assert.Equal(0, await stored.WrongAsync(new LexicalProvider(384)));
        }
    }

    [Fact]
    public async Task A_model_whose_vectors_do_not_fit_the_column_is_refused_before_any_write()
    {
        await using var server = await PGliteServer.StartAsync();
        await using var stored = await EmbeddingDatabase.CreateAsync(server.ConnectionString, "vector(384)");
        await stored.FillAsync(3, 0, 0);

        var error = await Assert.ThrowsAsync<BackfillException>(() => stored.RunAsync(new LexicalProvider(1536)));

        Assert.Equal(ErrorIds.EmbeddingDimensionMismatch, error.ErrorId);
        Assert.Contains("1536 numbers; issues.embedding is vector(384)", error.Message, StringComparison.Ordinal);
        Assert.Equal(3L, await stored.ReadAsync<long>("SELECT count(*) FROM issues WHERE embedding IS NULL"));
    }

    private sealed class PGliteServer(Process process, DirectoryInfo folder, int port) : IAsyncDisposable
    {
        public string ConnectionString { get; } =
            $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;SSL Mode=Disable;No Reset On Close=true;Maximum Pool Size=1";

        public static async Task<PGliteServer> StartAsync()
        {
            var folder = Directory.CreateTempSubdirectory("backfill-pglite-");
            foreach (
                var file in new DirectoryInfo(Path.Combine(AppContext.BaseDirectory, "Embedding", "PGlite")).GetFiles()
            )
            {
                file.CopyTo(Path.Combine(folder.FullName, file.Name));
            }

            using (
                var install = Start(
                    folder,
                    "npm",
                    "install",
                    "--no-package-lock",
                    "--no-audit",
                    "--no-fund",
                    "--loglevel=error"
                )
            )
            {
                SkipUnless(install, "npm was not found, which PGlite comes from.");
                var said = install!.StandardError.ReadToEndAsync();
                await install.StandardOutput.ReadToEndAsync();
                await install.WaitForExitAsync();
                SkipUnless(install.ExitCode == 0 ? install : null, $"npm could not fetch PGlite: {await said}");
            }

            using var free = new TcpListener(IPAddress.Loopback, 0);
            free.Start();
            var port = ((IPEndPoint)free.LocalEndpoint).Port;
            free.Stop();
            var server = Start(folder, "node", "server.mjs", port.ToString());
            SkipUnless(server, "node was not found, which PGlite runs on.");
            Assert.Equal("ready", await server!.StandardOutput.ReadLineAsync());
            return new PGliteServer(server, folder, port);
        }

        public async ValueTask DisposeAsync()
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync();
            process.Dispose();
            folder.Delete(recursive: true);
        }

        private static Process? Start(DirectoryInfo folder, string program, params string[] arguments)
        {
            try
            {
                return Process.Start(
                    new ProcessStartInfo(program, arguments)
                    {
                        WorkingDirectory = folder.FullName,
                        RedirectStandardInput = true,
                        RedirectStandardOutput = true,
                        RedirectStandardError = true,
                    }
                );
            }
            catch (Win32Exception)
            {
                // Not on this machine: the caller says what is missing.
                return null;
            }
        }

        private static void SkipUnless(Process? process, string reason)
        {
            Assert.False(process is null && Environment.GetEnvironmentVariable("CI") == "true", reason);
            Assert.SkipWhen(process is null, reason);
        }
    }
}
