using System;
using System.Collections.Generic;
using System.Text;
using Promptcms.Client;

/// <summary>
/// Runs every case of the contract: `mono tests.exe contract contract.json`, one line a case,
/// `list TAB number TAB what went wrong` (nothing if it went well).
/// `own` runs what only this client has to prove, `drive` obeys the tests with the running product.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        Console.OutputEncoding = new UTF8Encoding(false);
        switch (arguments[0])
        {
            case "contract":
                RunContract(new Contract(arguments[1]));
                return 0;
            case "own":
                OwnCases.Run(new Contract(arguments[1]), Say);
                return 0;
            case "numbers":
                OwnCases.Numbers();
                return 0;
            case "drive":
                return new Driver().Run();
            default:
                return 2;
        }
    }

    private static void RunContract(Contract contract)
    {
        var texts = new TextCases(contract);
        var caches = new CacheCases(contract);
        var reports = new ReportCases(contract);
        Dictionary<string, object> report = Contract.Map(contract.All["report"]);
        RunList("compile", contract.All["compile"], texts.Compile);
        RunList("assignment", contract.All["assignment"], texts.Assignment);
        RunList("shares", contract.All["shares"], texts.Shares);
        RunList("choice", contract.All["choice"], texts.Choice);
        RunList("attributes", contract.All["attributes"], texts.Attributes);
        RunList("cache", contract.All["cache"], caches.Cache);
        RunList("errors", contract.All["errors"], caches.Errors);
        RunList("report.batch", Contract.Map(report["batch"])["observations"], reports.Batch);
        RunList("report.answers", report["answers"], reports.Answers);
        RunList("report.chosen", report["chosen"], reports.Chosen);
        RunList("report.samples", report["samples"], reports.Samples);
        RunList("header", contract.All["header"], reports.Header);
        Say("defaults", 0, () => OwnCases.Defaults(Contract.Map(contract.All["defaults"])));
    }

    private static void RunList(string list, object cases, Action<Dictionary<string, object>> run)
    {
        int number = 0;
        foreach (object given in (List<object>)cases) Say(list, number++, () => run(Contract.Map(given)));
    }

    private static void Say(string list, int number, Action run)
    {
        string wrong = "";
        try
        {
            run();
        }
        catch (Exception problem)
        {
            wrong = problem is PromptcmsException || problem.GetType() == typeof(Exception)
                ? problem.GetType().Name + ": " + problem.Message
                : problem.ToString();
        }
        Console.WriteLine($"{list}\t{number}\t{wrong.Replace('\n', ' ').Replace('\t', ' ')}");
    }
}
